import * as Plot from "@observablehq/plot";
import { colorKey } from "../../report/color-key.ts";
import { html, raw } from "../../report/html.ts";
import type { Html } from "../../report/html.ts";
import { plotSvg } from "../../report/plots/plot-document.ts";
import { renderTable } from "../../report/table.ts";
import { decadeAxis, studySize } from "../plots/decades.ts";
import { studyColor } from "../study-colors.ts";
import type { InversionNumbers, InvertedNetwork } from "./inversion-numbers.ts";
import type { InversionPoint } from "./measure-inversion.ts";

export function drawInversion(numbers: InversionNumbers): Html {
  const { networks, training, architecture, data, images } = numbers;
  const key = networks.map((network, i) => ({ model: nameOf(network), color: studyColor(i) }));
  return html`<p>
      A residual block y = x + g(x) is inverted by the iteration x<sub>n+1</sub> = y - g(x<sub>n</sub>), which
      starts from x<sub>0</sub> = y. If g has the Lipschitz constant L &lt; 1, each step brings x<sub>n</sub>
      closer to x by the factor L or more. Some networks limit the norm of every convolution to c, and a block
      has three convolutions. The last network has no limit, and is otherwise the same. All were trained as
      classifiers of ${data}, for ${training.steps} steps. Then ${images} held-out images went through each
      network and back.
    </p>
    <div class="cards">
      <figure>
        <h3>Each block on its own</h3>
        ${raw(
          curves(
            networks,
            ({ blocks }) => blocks.mean,
            ({ certified }) => certified,
            [1e-8, 1e4],
            "relative error",
          ),
        )}
        <figcaption>
          <div>${colorKey(key)}</div>
          The distance from x<sub>n</sub> to x, divided by that from x<sub>0</sub> to x: the mean over all
          blocks and images. Solid lines with dots are the plain iteration, and dashed lines are Anderson's
          acceleration. The dotted lines are certified: they show L<sup>n</sup>, where L was proven from the
          trained weights of each block. No solid line of the same colour may lie above its dotted line, until
          only the rounding of float32 is left.
        </figcaption>
      </figure>
      <figure>
        <h3>The whole network</h3>
        ${raw(
          curves(
            networks,
            ({ network }) => network,
            ({ networkCertified }) => networkCertified,
            [1e-8, 1e4],
            "error of a pixel",
          ),
        )}
        <figcaption>
          <div>${colorKey(key)}</div>
          The root mean square error of the pixels, in units of their range, if every block stops after n
          evaluations of its g: the mean over images. The dotted lines are limits that follow from the
          certificates of all layers. They assume that the errors of all blocks add up in the worst way.
        </figcaption>
      </figure>
    </div>
    ${table(networks)}
    <p class="soft">
      Blocks per scale: ${architecture.blocksPerScale.join(", ")}, at half and a quarter of the resolution,
      with ${architecture.hiddenChannels} hidden channels. Training: cross-entropy, Adam with learning rate
      ${training.learningRate}, batches of ${training.batchSize}. The share of a bound is the largest ratio of
      a measured error to its bound L<sup>n</sup>/(1-L) |x<sub>1</sub> - x<sub>0</sub>|, over all n, blocks
      and images. To each bound we add the floor of float32, 2<sup>-22</sup> (|x| + |y|)/(1-L). A share of at
      most 1 means that the theorem holds for what was computed.
    </p>`;
}

function curves(
  networks: readonly InvertedNetwork[],
  error: (point: InversionPoint) => number | null,
  limit: (point: InversionPoint) => number | undefined,
  domain: readonly [number, number],
  label: string,
): string {
  const rows = networks.flatMap(({ curves }, i) =>
    curves.flatMap(({ method, points }) =>
      points.flatMap((point) => {
        const value = error(point);
        // JSON has no infinity, and an axis neither.
        return value === null || !Number.isFinite(value)
          ? []
          : [
              {
                color: studyColor(i),
                method,
                iterations: point.iterations,
                value: Math.max(value, domain[0]),
              },
            ];
      }),
    ),
  );
  const limits = networks.flatMap(({ curves }, i) =>
    curves.flatMap(({ points }) =>
      points.flatMap((point) => {
        const value = limit(point);
        return value === undefined || value < domain[0]
          ? []
          : [{ color: studyColor(i), iterations: point.iterations, value }];
      }),
    ),
  );
  const line = (method: string) => rows.filter((row) => row.method === method);
  const shared = { x: "iterations", y: "value", z: "color", stroke: "color", clip: true } as const;
  const { axis, grid } = decadeAxis(domain, label);
  return plotSvg(
    {
      ...studySize,
      x: { label: "evaluations of g in each block" },
      y: axis,
      color: { type: "identity" },
      marks: [
        grid,
        Plot.line(limits, { ...shared, strokeDasharray: "1.5 3.5" }),
        Plot.line(line("anderson"), { ...shared, strokeDasharray: "6 3" }),
        Plot.line(line("banach"), { ...shared, marker: "dot" }),
      ],
    },
    `${label} against the number of evaluations, logarithmic, for ${networks.map(nameOf).join(", ")}`,
  );
}

function table(networks: readonly InvertedNetwork[]): Html {
  const right = (heading: string) => ({ heading, align: "right" as const });
  return renderTable(
    [
      { heading: "network", align: "left" },
      right("wrong classes"),
      right("c³"),
      right("certified L"),
      right("n for 1e-5, plain"),
      right("n for 1e-5, Anderson"),
      right("share of the bound"),
      right("last error of a pixel"),
    ],
    networks.map((network) => {
      const { coefficient, errorRate, lipschitz, curves } = network;
      const banach = curves.find(({ method }) => method === "banach")!;
      const shares = banach.points.flatMap(({ shareOfBound }) => shareOfBound ?? []);
      const last = banach.points.at(-1)!.network;
      const cells = [
        nameOf(network),
        `${(100 * errorRate).toFixed(1)} %`,
        coefficient === null ? "" : (coefficient ** 3).toFixed(3),
        lipschitz.length === 0
          ? "none"
          : `${Math.min(...lipschitz).toFixed(3)} to ${Math.max(...lipschitz).toFixed(3)}`,
        reached(network, "banach"),
        reached(network, "anderson"),
        shares.length === 0 ? "" : Math.max(...shares).toFixed(3),
        last !== null && Number.isFinite(last) ? last.toExponential(1) : "infinite",
      ];
      return { first: false, cells };
    }),
  );
}

/** After how many evaluations all blocks are within 1e-5 of their start, on average. */
function reached({ curves }: InvertedNetwork, method: string): string {
  const curve = curves.find((each) => each.method === method);
  if (!curve) return "";
  const point = curve.points.find(({ blocks }) => blocks.mean !== null && blocks.mean <= 1e-5);
  return point ? String(point.iterations) : `more than ${curve.points.at(-1)!.iterations}`;
}

const nameOf = ({ coefficient }: InvertedNetwork) =>
  coefficient === null ? "no limit" : `c = ${coefficient}`;
