import * as Plot from "@observablehq/plot";
import { colorKey } from "../../report/color-key.ts";
import { html, raw } from "../../report/html.ts";
import type { Html } from "../../report/html.ts";
import { plotSvg } from "../../report/plots/plot-document.ts";
import { renderTable } from "../../report/table.ts";
import { studySize } from "../plots/decades.ts";
import { studyColor } from "../study-colors.ts";
import type { LipschitzNumbers } from "./lipschitz-numbers.ts";

/** Convolutions in a block, each with the limit c. */
const convolutions = 3;

export function drawLipschitz({ data, steps, architecture, points }: LipschitzNumbers): Html {
  const { coefficient, blocksPerScale, hiddenChannels, images } = architecture;
  const last = points.at(-1)!.blocks;
  const key = last.map((_, i) => ({ model: `block ${i + 1}`, color: studyColor(i) }));
  const limit = coefficient ** convolutions;
  return html`<p>
      Every block x + g(x) of an i-ResNet needs a g whose Lipschitz constant is below 1. Its three
      convolutions are scaled in training so that their norms, as a power iteration estimates them, are at
      most ${coefficient}. So the constant should stay below ${coefficient}<sup>${convolutions}</sup> =
      ${limit.toFixed(3)}. But one power iteration for each step lags behind weights that move fast, and then
      the norms are larger than it says. The certified constant is proven from the weights instead. The
      network learned to classify ${data}, for ${steps} steps.
    </p>
    <div class="cards">
      <figure>
        <h3>Lipschitz constants during training</h3>
        ${raw(plot(points, limit))}
        <figcaption>
          <div>${colorKey(key)}</div>
          Dotted: the certified constant of each block, an upper bound. Solid: the largest stretch |J v| / |v|
          of its Jacobian that a power iteration finds at ${images} held-out images, a lower bound. The true
          constant lies between them. The dashed line is c³.
        </figcaption>
      </figure>
    </div>
    ${renderTable(
      [
        { heading: "block", align: "left" },
        { heading: "certified, largest in training", align: "right" },
        { heading: "certified, at the end", align: "right" },
        { heading: "measured, at the end", align: "right" },
      ],
      last.map(({ certified, measured }, i) => ({
        first: false,
        cells: [
          `block ${i + 1}`,
          Math.max(...points.map(({ blocks }) => blocks[i]!.certified)).toFixed(4),
          certified.toFixed(4),
          measured.toFixed(4),
        ],
      })),
    )}
    <p class="soft">
      Blocks per scale: ${blocksPerScale.join(", ")}, at half and a quarter of the resolution, with
      ${hiddenChannels} hidden channels. Training: cross entropy, Adam with learning rate 0.01, batches of 64,
      one power iteration after each step.
    </p>`;
}

function plot(points: LipschitzNumbers["points"], limit: number): string {
  const rows = points.flatMap(({ step, blocks }) =>
    blocks.map(({ certified, measured }, i) => ({ step, certified, measured, color: studyColor(i) })),
  );
  const shared = { x: "step", z: "color", stroke: "color" } as const;
  return plotSvg(
    {
      ...studySize,
      x: { label: "training step" },
      y: {
        label: "Lipschitz constant of g",
        domain: [0, Math.max(1, ...rows.map((row) => row.certified))],
        grid: true,
      },
      color: { type: "identity" },
      marks: [
        Plot.ruleY([limit], { stroke: "var(--soft)", strokeDasharray: "6 3" }),
        Plot.line(rows, { ...shared, y: "certified", strokeDasharray: "1.5 3.5" }),
        Plot.line(rows, { ...shared, y: "measured", marker: "dot" }),
      ],
    },
    "Certified and measured Lipschitz constants of each block against training steps",
  );
}
