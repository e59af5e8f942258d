import { modelNames } from "../catalogue/names.ts";
import { presets } from "../presets.ts";
import { columnsFor } from "../results/columns.ts";
import { formatCount, formatDuration } from "../results/format.ts";
import type { JobResult, Results } from "../results/schema.ts";
import { renderDataset } from "./dataset-section.ts";
import { html, raw } from "./html.ts";
import type { Html } from "./html.ts";
import { style } from "./style.ts";
import { renderTable } from "./table.ts";

/**
 * One page with every table and figure inside: no script, no request, no file beside it.
 * @param jobs the jobs of `results`, with their figures
 */
export function renderReport(results: Results, jobs: readonly JobResult[]): string {
  const title = `i-ResNet against Glow: ${results.choices.preset}`;
  const datasets = [...new Set(jobs.map((job) => job.dataset))];
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        <style>
          ${raw(style)}
        </style>
      </head>
      <body>
        <main>
          <h1>${title}</h1>
          ${introduction(results)}
          <h2>Summary</h2>
          ${summaryTable(jobs)}
          ${datasets.map((dataset) => renderDataset(jobs.filter((job) => job.dataset === dataset)))}
          <h2>Models and budgets</h2>
          ${budgetTable(jobs)} ${publishedSection(results)}
          <h2>Rules of the comparison</h2>
          <ol>
            ${results.rules.map((rule) => html`<li>${rule}</li>`)}
          </ol>
          <h2>What the columns mean</h2>
          <dl>
            ${columnsFor(jobs).map(
              ({ heading, meaning }) =>
                html`<dt>${heading}</dt>
                  <dd>${meaning}</dd>`,
            )}
          </dl>
          <h2>Where this ran</h2>
          ${environment(results)}
        </main>
      </body>
    </html> `;
  return page.html;
}

function introduction({ choices, timing, machine, backend, finishedAt }: Results): Html {
  const command = [
    "npm run bench --",
    `--preset ${choices.preset}`,
    `--seed ${choices.seed}`,
    `--backend ${choices.backend}`,
  ];
  const { workloads } = presets[choices.preset];
  const all = workloads.flatMap(({ datasets }) => datasets);
  if (choices.datasets.length < all.length) command.push(`--datasets ${choices.datasets.join(",")}`);
  if (choices.models.length < modelNames.length) command.push(`--models ${choices.models.join(",")}`);
  if (choices.steps !== null) command.push(`--steps ${choices.steps}`);
  return html`<p>
      Two invertible networks, trained by maximum likelihood on the same data with about the same number of
      parameters. An i-ResNet is a stack of residual blocks x + g(x) whose g is a contraction; its inverse is
      a fixed-point iteration and its log-determinant is exact in 2-D and estimated for images. A Glow-style
      flow is a stack of affine couplings, whose inverse and log-determinant have closed forms.
    </p>
    <p class="soft">
      ${choices.datasets.length} data ${choices.datasets.length === 1 ? "set" : "sets"}, seed ${choices.seed},
      ${backendName(backend)}; ${formatDuration(timing.seconds)} min with ${timing.jobsSideBySide} jobs side
      by side on ${machine.cores} x ${machine.processor}; finished
      ${finishedAt.slice(0, 16).replace("T", " ")} UTC. Repeat it: <code>${command.join(" ")}</code>
    </p>`;
}

function summaryTable(jobs: readonly JobResult[]): Html {
  const columns = columnsFor(jobs);
  return renderTable(
    columns.map(({ heading, align }) => ({ heading, align })),
    jobs.map((job, i) => ({
      first: i > 0 && job.dataset !== jobs[i - 1]!.dataset,
      cells: columns.map(({ text }) => text(job)),
    })),
  );
}

function budgetTable(jobs: readonly JobResult[]): Html {
  return renderTable(
    [
      { heading: "data", align: "left" },
      { heading: "model", align: "left" },
      { heading: "parameters", align: "right" },
      { heading: "steps", align: "right" },
      { heading: "batch", align: "right" },
      { heading: "optimiser", align: "left" },
      { heading: "training examples", align: "right" },
      { heading: "test examples", align: "right" },
      { heading: "architecture", align: "left" },
    ],
    jobs.map((job, i) => ({
      first: i > 0 && job.dataset !== jobs[i - 1]!.dataset,
      cells: [
        job.dataset,
        job.model,
        formatCount(job.parameters),
        formatCount(job.training.steps),
        formatCount(job.training.batchSize),
        `${job.training.optimizer}, rate ${job.training.learningRate}, warm-up ${job.training.warmupSteps}, clip ${job.training.clipNorm}`,
        formatCount(job.training.examples),
        formatCount(job.test.examples),
        Object.entries(job.architecture)
          .map(([name, value]) => `${name} ${Array.isArray(value) ? value.join("-") : value}`)
          .join(", "),
      ],
    })),
    "wrap",
  );
}

function publishedSection({ published }: Results): Html {
  if (published.length === 0) return raw("");
  return html`<h2>Published figures at full budget</h2>
    <p>For orientation only: these networks are many times larger and were trained for days on GPUs.</p>
    <ul>
      ${published.map((p) => html`<li>${p.model} on ${p.dataset}: ${p.value} ${p.unit} (${p.budget}). ${p.source}.</li>`)}
    </ul>`;
}

function environment({ versions, machine, backend }: Results): Html {
  return html`<dl>
    <dt>machine</dt>
    <dd>${machine.cores} x ${machine.processor}, ${machine.memoryGiB} GiB, ${machine.system}</dd>
    <dt>backend</dt>
    <dd>${backendName(backend)}</dd>
    ${Object.entries(versions).map(
      ([name, version]) =>
        html`<dt>${name}</dt>
          <dd>${version}</dd>`,
    )}
  </dl>`;
}

function backendName({ name, adapter, tensorflow }: Results["backend"]): string {
  return `TensorFlow.js ${tensorflow}, backend ${name}${adapter === null ? "" : ` on ${adapter}`}`;
}
