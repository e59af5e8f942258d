import { describeLogDet } from "../results/columns.ts";
import { decodeFloats } from "../results/binary.ts";
import { formatSmall, formatWithError } from "../results/format.ts";
import type { DensityGrid, ImageFigures, JobResult } from "../results/schema.ts";
import { inversePlot, lossPlot, modelColor } from "./curves.ts";
import { html, raw } from "./html.ts";
import type { Html } from "./html.ts";
import { reconstructionGrid, sampleGrid } from "./image-figures.ts";
import { densityPlot, modelDensity, scatterPlot, sharedTop } from "./plane-figures.ts";

/** Everything about one data set: its jobs' numbers in words, their curves, and what the models learned. */
export function renderDataset(jobs: readonly JobResult[]): Html {
  const { dataset } = jobs[0]!;
  return html`<h2 id="${dataset}">${dataset}</h2>
    <ul>
      ${jobs.map(describeJob)}
    </ul>
    <p></p>
    ${jobs[0]!.figures.kind === "plane" ? planePanels(jobs) : imagePanels(jobs)}
    <div class="cards">
      <figure>
        <h3>Training loss</h3>
        ${raw(lossPlot(jobs))}
        <figcaption>
          <div>${key(jobs)}</div>
          Mean negative log-likelihood of the training batches (steps above the frame left out),
          ${jobs[0]!.unit}.${jobs[0]!.dataEntropy === null ? "" : " Dashed: the entropy of the data."}
        </figcaption>
      </figure>
      <figure>
        <h3>Inverse error against iterations</h3>
        ${raw(inversePlot(jobs))}
        <figcaption>
          <div>${key(jobs)}</div>
          |x - inverse(forward(x))| when every residual block stops after so many fixed-point iterations;
          solid: largest, dotted: mean,
          ${jobs[0]!.unit === "nats" ? "data units" : "fraction of the pixel range"}. A horizontal line is an
          analytic inverse, which does not iterate. The floor is float32's resolution.
        </figcaption>
      </figure>
    </div>`;
}

function describeJob(job: JobResult): Html {
  const { test, logDet, unit } = job;
  const bound =
    logDet.truncationBound === null ? "" : `; cut off at most ${formatSmall(logDet.truncationBound)} ${unit}`;
  const kind = logDet.kind === "exact" ? "exact" : `${describeLogDet(job)} (${logDet.kind}${bound})`;
  const likelihood =
    job.likelihood === "lower-bound" ? ", an upper bound of the discrete NLL by dequantisation" : "";
  return html`<li>
    <strong>${job.model}</strong>: test NLL ${formatWithError(test.value, test.standardError)} ${unit} over
    ${test.examples} examples${likelihood}; log-determinant ${kind}; the standard error
    ${logDet.kind === "exact" ? "is over examples" : "is over examples and includes the noise of the probes"}.
  </li>`;
}

function key(jobs: readonly JobResult[]): Html[] {
  return jobs.map(({ model }) => html`<span class="key" style="--key:${modelColor(model)}">${model}</span>`);
}

function planePanels(jobs: readonly JobResult[]): Html {
  const planes = jobs.flatMap(({ model, figures }) => (figures.kind === "plane" ? [{ model, figures }] : []));
  const { data, dataDensity, logDensity } = planes[0]!.figures;
  const { halfWidth } = logDensity;
  const top = sharedTop(planes.map(({ figures }) => figures));
  return html`<div class="panels">
      ${pointsPanel("data", data, halfWidth, "var(--data)", "held-out examples")}
      ${dataDensity === null ? [] : densityPanel("data", dataDensity, top, "true density")}
      ${planes
        .map(({ model, figures }) => [
          pointsPanel(model, figures.samples, halfWidth, modelColor(model), "samples"),
          densityPanel(model, modelDensity(figures), top, "learned density"),
        ])
        .flat()}
    </div>
    <div class="scale">
      <span>density 0</span><i></i
      ><span
        >${top.toPrecision(2)} and above, one scale for all; contours at 10, 30 and 60 % of it; the square is
        [-${halfWidth}, ${halfWidth}]²</span
      >
    </div>`;
}

function pointsPanel(title: string, points: string, halfWidth: number, color: string, caption: string): Html {
  const plot = scatterPlot(decodeFloats(points), halfWidth, color, `${title}: ${caption}`);
  return html`<figure>
    <h3>${title}</h3>
    ${raw(plot)}
    <figcaption>${caption}</figcaption>
  </figure>`;
}

function densityPanel(title: string, density: DensityGrid, top: number, caption: string): Html {
  const plot = densityPlot(density, top, `${title}: ${caption}`);
  return html`<figure>
    <h3>${title}</h3>
    ${raw(plot)}
    <figcaption>${caption}</figcaption>
  </figure>`;
}

function imagePanels(jobs: readonly JobResult[]): Html {
  const images = jobs.flatMap((job) =>
    job.figures.kind === "image" ? [{ model: job.model, figures: job.figures }] : [],
  );
  return html`<div class="cards">${images.map(({ model, figures }) => samplesFigure(model, figures))}</div>
    <div class="cards">${images.map(({ model, figures }) => reconstructionFigure(model, figures))}</div>`;
}

function samplesFigure(model: string, figures: ImageFigures): Html {
  return html`<figure>
    <h3>${model}: samples</h3>
    <img src="${sampleGrid(figures)}" alt="Samples of ${model}" />
    <figcaption>Drawn from the base at temperature 1 through the inverse.</figcaption>
  </figure>`;
}

function reconstructionFigure(model: string, figures: ImageFigures): Html {
  const { uri, enlargement } = reconstructionGrid(figures);
  return html`<figure>
    <h3>${model}: reconstructions</h3>
    <img src="${uri}" alt="Originals, reconstructions and their difference for ${model}" />
    <figcaption>
      Held-out examples, their reconstructions, and the absolute difference
      ${enlargement === 1 ? "" : `times ${enlargement.toLocaleString("en-US")}`}.
    </figcaption>
  </figure>`;
}
