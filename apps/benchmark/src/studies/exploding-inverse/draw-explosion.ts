import * as Plot from "@observablehq/plot";
import { colorKey } from "../../report/color-key.ts";
import { html, raw } from "../../report/html.ts";
import type { Html } from "../../report/html.ts";
import { plotSvg } from "../../report/plots/plot-document.ts";
import { renderTable } from "../../report/table.ts";
import { studyColor } from "../study-colors.ts";
import type { ExplosionNumbers } from "./explosion-numbers.ts";
import type { Explosion } from "./measure-explosion.ts";

type Network = ExplosionNumbers["networks"][number];

/** The ends of the axis. Errors beyond them are drawn there. */
const [lowest, highest] = [1e-8, 1e4];

export function drawExplosion(numbers: ExplosionNumbers): Html {
  const { networks, training, size, data } = numbers;
  const key = networks.map(({ name }, i) => ({ model: name, color: studyColor(i) }));
  return html`<p>
      A network can be invertible in theory and not in float32: where its inverse stretches distances a lot,
      it magnifies the rounding of the forward direction. Three networks learned the density of ${data}. Then
      ${size.inputs} inputs of each kind went through each network and back. All but the first kind are unlike
      anything in training. Pixels of training images lie between -0.5 and 0.5.
    </p>
    <figure>
      <h3>Error of the reconstruction</h3>
      ${raw(plot(networks))}
      <figcaption>
        <div>${colorKey(key)}</div>
        The root mean square error of the pixels, in units of their range. A dot is the median over the inputs
        of a kind, and its line reaches from the smallest to the largest error. A cross on the right edge
        means that some inputs did not come back as finite numbers. A bar is the certified limit on the
        largest error that iterations leave. Rounding inside layers with a formula comes on top of it. Nothing
        is certified of Glow.
      </figcaption>
    </figure>
    <h2>How far the inverses stretch</h2>
    ${table(networks)}
    <p class="soft">
      The measured stretch is the largest |f⁻¹(y + e) - f⁻¹(y)| / |e| for four random e of a thousandth of
      |y|, at all inputs of a kind. Random directions seldom meet the worst one, so it is a lower bound. The
      certified constant holds for all inputs, also those that nobody has tried. Glow:
      ${size.stepsPerScale.join(" and ")} steps at two scales, width ${size.width}. i-ResNet:
      ${size.blocksPerScale.join(" and ")} blocks, ${size.hiddenChannels} hidden channels. All were trained by
      likelihood for ${training.steps} steps in batches of ${training.batchSize}, and reach
      ${networks.map(({ bitsPerDim }) => bitsPerDim.toFixed(2)).join(", ")} bits/dim, in this order. A network
      that may not stretch much cannot follow a density that is very narrow, so its certificate has a price in
      bits.
    </p>`;
}

function plot(networks: readonly Network[]): string {
  const kinds = networks[0]!.inputs.map(({ input }) => input);
  const clip = (value: number) => Math.min(Math.max(value, lowest), highest);
  const rows = networks.flatMap(({ name, inputs }, i) =>
    inputs.map((found) => ({
      ...{ name, color: studyColor(i), kind: found.input, lost: found.lost },
      low: clip(found.errors[0] ?? highest),
      middle: clip(median(found.errors)),
      high: clip(found.errors.at(-1) ?? highest),
      certified: found.certified === null ? null : clip(found.certified),
    })),
  );
  const shared = { fy: "kind", y: "name", stroke: "color" } as const;
  const ticks = Array.from({ length: 7 }, (_, i) => 10 ** (2 * i - 8));
  return plotSvg(
    {
      ...{ width: 900, height: 40 + 52 * kinds.length, marginLeft: 150, marginBottom: 38, marginRight: 20 },
      x: {
        ...{ type: "log", domain: [lowest, highest], label: "error of a pixel", ticks },
        tickFormat: (value: number) => `1e${Math.round(Math.log10(value))}`,
      },
      y: { axis: null, domain: networks.map(({ name }) => name) },
      fy: { domain: kinds, label: null, axis: null },
      color: { type: "identity" },
      marks: [
        Plot.gridX({ stroke: "var(--line)", strokeOpacity: 1, ticks }),
        Plot.axisFy({ anchor: "left", label: null, textAnchor: "end", dx: -6 }),
        Plot.ruleY(rows, { ...shared, x1: "low", x2: "high", strokeWidth: 2 }),
        Plot.dot(
          rows.filter(({ middle }) => middle < highest),
          { fy: "kind", y: "name", x: "middle", fill: "color", r: 3.5 },
        ),
        Plot.dot(
          rows.filter(({ lost }) => lost > 0),
          { ...shared, x: () => highest, symbol: "times", r: 4, strokeWidth: 2 },
        ),
        Plot.tickX(
          rows.filter(({ certified }) => certified !== null),
          { ...shared, x: "certified", strokeWidth: 2.5 },
        ),
      ],
    },
    `Reconstruction errors of ${kinds.join(", ")} by ${networks.map(({ name }) => name).join(", ")}, logarithmic`,
  );
}

function table(networks: readonly Network[]): Html {
  const right = (heading: string) => ({ heading, align: "right" as const });
  return renderTable(
    [
      { heading: "inputs", align: "left" },
      { heading: "network", align: "left" },
      right("median error"),
      right("largest error"),
      right("certified limit"),
      right("not finite"),
      right("measured stretch"),
      right("certified stretch"),
    ],
    networks[0]!.inputs.flatMap(({ input }, at) =>
      networks.map(({ name, inputs, lipschitz }, i) => {
        const found = inputs[at]!;
        const cells = [
          ...[i === 0 ? input : "", name, ...errorsOf(found)],
          found.lost === 0 ? "" : `${found.lost} of ${found.lost + found.errors.length}`,
          found.stretch === null ? "" : short(found.stretch),
          lipschitz.inverse === null ? "none" : short(lipschitz.inverse),
        ];
        return { first: i === 0, cells };
      }),
    ),
  );
}

function errorsOf({ errors, certified }: Explosion): string[] {
  const measured = errors.length === 0 ? ["", ""] : [short(median(errors)), short(errors.at(-1)!)];
  return [...measured, certified === null ? "none" : short(certified)];
}

const median = (sorted: readonly number[]) => sorted[Math.floor(sorted.length / 2)] ?? highest;

const short = (value: number) =>
  value >= 0.1 && value < 1e4 ? String(Number(value.toPrecision(3))) : value.toExponential(1);
