import * as Plot from "@observablehq/plot";
import { colorKey } from "../../report/color-key.ts";
import { html, raw } from "../../report/html.ts";
import type { Html } from "../../report/html.ts";
import { plotSvg } from "../../report/plots/plot-document.ts";
import { renderTable } from "../../report/table.ts";
import { decadeAxis, studySize } from "../plots/decades.ts";
import { studyColor } from "../study-colors.ts";
import type { BiasNumbers } from "./bias-numbers.ts";

type Network = BiasNumbers["networks"][number];

/** Smaller differences than this are float32 rounding of the products with J. */
const lowest = 1e-7;
/** Of a normal distribution, for a two-sided interval of 95 %. */
const z = 1.96;

export function drawBias(numbers: BiasNumbers): Html {
  const { data, networks, size, training } = numbers;
  const dimension = size.side ** 2;
  const key = [
    { model: "exact traces", color: studyColor(0) },
    ...size.probes.map((probes, i) => ({
      model: `${probes} probe${probes === 1 ? "" : "s"}`,
      color: studyColor(i + 1),
    })),
  ];
  return html`<p>
      The log-determinant of a residual block is the sum of (-1)<sup>k+1</sup> tr(J<sup>k</sup>)/k over all k.
      An i-ResNet stops this sum after n terms, which makes it biased, and estimates each trace with random
      probes, which makes it noisy. Here both are compared with the exact value, from the whole Jacobian, of
      networks that were trained on crops of ${size.side} x ${size.side} pixels (d = ${dimension}) of ${data}.
    </p>
    <p>${colorKey(key)}</p>
    <div class="cards">
      ${networks.map(
        (network) =>
          html`<figure>
            <h3>c = ${network.coefficient}</h3>
            ${raw(panel(network))}
            <figcaption>
              Certified Lipschitz constants of the blocks: ${Math.min(...network.lipschitz).toFixed(3)} to
              ${Math.max(...network.lipschitz).toFixed(3)}. The exact log-det is
              ${network.exactLogDet.toFixed(2)} nats on average, and the network reaches
              ${network.bitsPerDim.toFixed(2)} bits/dim.
            </figcaption>
          </figure>`,
      )}
    </div>
    <p>
      The height is the absolute difference to the exact log-det, averaged over ${size.measuredImages}
      held-out crops before the absolute value is taken. The blue line has no noise: its traces come from
      powers of the Jacobian. The dashed lines are half of a 95 % confidence interval, which only more probes
      make narrower. The dotted line is the certified limit on the bias: the sum of d L<sup>k</sup>/k over all
      k &gt; n, and over all blocks. It would be reached if every eigenvalue of every Jacobian were -L.
    </p>
    ${table(networks, dimension)}
    <p class="soft">
      Each network has ${size.blocks} blocks of ${size.hiddenChannels} hidden channels, and was trained by
      likelihood for ${training.steps} steps in batches of ${training.batchSize}, with a series of 5 terms.
      Determinants, powers and sums are computed in float64, and the entries of J in float32. Probes have
      entries of 1 and -1 with equal probability.
    </p>`;
}

function panel({ coefficient, points }: Network): string {
  const clip = (value: number) => Math.max(Math.abs(value), lowest);
  const rows = points.flatMap(({ terms, truncation, estimates }) => [
    { color: studyColor(0), terms, value: clip(truncation.mean) },
    ...estimates.map(({ difference }, i) => ({ color: studyColor(i + 1), terms, value: clip(difference) })),
  ]);
  const intervals = points.flatMap(({ terms, estimates }) =>
    estimates.map(({ standardError }, i) => ({
      color: studyColor(i + 1),
      terms,
      value: clip(z * standardError),
    })),
  );
  const bounds = points.filter(({ bound }) => bound >= lowest);
  const shared = { x: "terms", y: "value", z: "color", stroke: "color", clip: true } as const;
  const { axis, grid } = decadeAxis([lowest, 1e3], "nats per image");
  return plotSvg(
    {
      ...studySize,
      x: { label: "terms n" },
      y: axis,
      color: { type: "identity" },
      marks: [
        grid,
        Plot.line(bounds, {
          ...{ x: "terms", y: "bound", stroke: "currentColor", strokeDasharray: "1.5 3.5", clip: true },
        }),
        Plot.line(intervals, { ...shared, strokeDasharray: "6 3", strokeOpacity: 0.6 }),
        Plot.line(rows, { ...shared, marker: "dot" }),
      ],
    },
    `Difference to the exact log-det against the number of terms, logarithmic, for c = ${coefficient}`,
  );
}

function table(networks: readonly Network[], dimension: number): Html {
  const right = (heading: string) => ({ heading, align: "right" as const });
  const shown = [5, 10, 20];
  const bits = (nats: number) =>
    // Sums of float64 numbers are not more precise than this.
    nats < 1e-13 ? "below 1e-14" : (nats / (dimension * Math.LN2)).toExponential(1);
  return renderTable(
    [
      right("c"),
      right("terms"),
      right("bias, bits/dim"),
      right("certified limit, bits/dim"),
      ...networks[0]!.points[0]!.estimates.map(({ probes }) => right(`± with ${probes}, bits/dim`)),
    ],
    networks.flatMap(({ coefficient, points }) =>
      points
        .filter(({ terms }) => shown.includes(terms))
        .map(({ terms, truncation, bound, estimates }, i) => ({
          first: i === 0,
          cells: [
            i === 0 ? String(coefficient) : "",
            String(terms),
            bits(Math.abs(truncation.mean)),
            bits(bound),
            ...estimates.map(({ standardError }) => bits(z * standardError)),
          ],
        })),
    ),
  );
}
