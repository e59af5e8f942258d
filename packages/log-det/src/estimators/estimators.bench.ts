/**
 * Time and peak memory of log-dets against the dimension, per example: value and gradient of the estimators grow like d; the
 * determinant's memory, the Jacobian, grows like d^2 and its elimination like d^3.
 */
import {
  activation,
  conv2d,
  createRandom,
  dispose,
  mul,
  peakBytes,
  sizeOf,
  sum,
  tidy,
  valueAndGradients,
  variable,
} from "@invertible/ops";
import type { Shape, Tensor } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { afterAll, bench, describe } from "vitest";
import { exactLogDet, geometricLaw, logDetFloat64, powerSeries, russianRoulette } from "../index.ts";
import type { LogDetEstimator, LogDetProblem } from "../index.ts";

await startBackend("wasm");
const random = createRandom(3);
const [channels, hidden] = [4, 16];
const shapes: readonly Shape[] = [
  [4, 4, channels],
  [8, 8, channels],
  [16, 16, channels],
  [24, 32, channels],
];

const kernels = [
  [channels, hidden],
  [hidden, channels],
].map(([inputs, outputs], i) =>
  variable(tidy(() => mul(random.fold(i).normal([3, 3, inputs!, outputs!]), 0.03)) as Tensor),
);
const elu = activation("elu");

/** g = conv(elu(conv(x))), a contraction: 3x3 kernels, 4 -> 16 -> 4 channels. */
function problemAt(x: Tensor): LogDetProblem {
  const shape = x.shape.slice(1);
  const [first, second] = kernels as [never, never];
  const inner = conv2d(first, { inputShape: shape });
  const outer = conv2d(second, { inputShape: [...shape.slice(0, 2), hidden] });
  const slope = elu.linearise(inner.apply(x));
  const jvp = (v: Tensor) => tidy(() => outer.apply(slope.jvp(inner.apply(v))));
  return { jvp, batch: x.shape[0]!, shape, random };
}

const step = (estimator: LogDetEstimator) => (x: Tensor) => {
  const { value, gradients } = valueAndGradients(
    () => sum(estimator.estimate(problemAt(x))) as Tensor,
    kernels,
  );
  dispose([value, ...gradients]);
};

/** `logDetFloat64` reads numbers, and `tidy` cannot wait for that. So the branch is linearised once for each product. */
const determinant = async (x: Tensor) => {
  const jvp = (v: Tensor) => tidy(() => problemAt(x).jvp(v));
  await logDetFloat64({ jvp, batch: x.shape[0]!, shape: x.shape.slice(1) });
};

interface Method {
  readonly run: (x: Tensor) => void | Promise<void>;
  readonly batch: number;
  readonly largest: number;
}
const methods: Readonly<Record<string, Method>> = {
  "value and gradient: series of 10": { run: step(powerSeries({ terms: 10 })), batch: 32, largest: Infinity },
  "value and gradient: series of 10, every term": {
    run: step(powerSeries({ terms: 10, gradient: "series" })),
    batch: 32,
    largest: Infinity,
  },
  "value and gradient: roulette, 8 + geometric(1/2)": {
    run: step(russianRoulette({ law: geometricLaw({ p: 0.5 }), exactTerms: 8 })),
    batch: 32,
    largest: Infinity,
  },
  "value and gradient: exact": { run: step(exactLogDet({ maxDimension: 256 })), batch: 4, largest: 256 },
  "value: determinant in float64": { run: determinant, batch: 1, largest: Infinity },
};

interface Cost {
  milliseconds: number;
  bytes: number;
}
const costs = new Map<string, Cost>();

for (const shape of shapes) {
  const dimension = sizeOf(shape);
  describe(`d = ${dimension}`, () => {
    for (const [name, { run, batch, largest }] of Object.entries(methods)) {
      if (dimension > largest) continue;
      const x = random.fold("x").normal([batch, ...shape]);
      const cost: Cost = { milliseconds: Infinity, bytes: NaN };
      costs.set(`${name} ${dimension}`, cost);
      const timed = async () => {
        const start = performance.now();
        await run(x);
        cost.milliseconds = Math.min(cost.milliseconds, (performance.now() - start) / batch);
      };
      const watched = async () => {
        cost.bytes = (await peakBytes(() => run(x))).peakBytes / batch;
      };
      bench(name, () => (Number.isNaN(cost.bytes) ? watched() : timed()), {
        // Slow cases run once, and quick ones often enough to be compiled.
        iterations: dimension < 1000 ? 30 : name.includes("determinant") ? 1 : 8,
        warmupIterations: dimension < 1000 ? 5 : 1,
        time: 0,
        warmupTime: 0,
      });
    }
  });
}

/** The exponents of d between two dimensions, from the measured costs. */
function growth(name: string, of: keyof Cost): string {
  const measured = shapes.map(sizeOf).filter((d) => costs.has(`${name} ${d}`));
  const [first, last] = [measured[0]!, measured.at(-1)!];
  const ratio = costs.get(`${name} ${last}`)![of] / costs.get(`${name} ${first}`)![of];
  return (Math.log(ratio) / Math.log(last / first)).toFixed(2);
}

afterAll(() => {
  const lines: string[] = [];
  for (const name of Object.keys(methods)) {
    const [time, memory] = [growth(name, "milliseconds"), growth(name, "bytes")];
    lines.push("", `${name}; per example: time ~ d^${time}, memory ~ d^${memory}`);
    for (const dimension of shapes.map(sizeOf)) {
      const cost = costs.get(`${name} ${dimension}`);
      if (!cost) continue;
      const milliseconds = cost.milliseconds.toPrecision(3).padStart(9);
      const kibibytes = (cost.bytes / 1024).toFixed(0).padStart(7);
      lines.push(`  d = ${String(dimension).padStart(4)}: ${milliseconds} ms, ${kibibytes} KiB of tensors`);
    }
  }
  console.log(lines.join("\n"));
});
