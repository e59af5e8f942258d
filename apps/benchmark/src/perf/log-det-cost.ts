import { disposeBijection } from "@invertible/bijection";
import { exactLogDet, geometricLaw, powerSeries, russianRoulette } from "@invertible/log-det";
import type { LogDetEstimator } from "@invertible/log-det";
import { createRandom, dispose, mean, valueAndGradients } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import { denseBranch, residualBlock } from "@invertible/residual";
import { median } from "./median.ts";
import type { LogDetRecord } from "./record/schema.ts";

/** Beyond 64 the exact log-det takes seconds. */
export const dimensions = [2, 4, 8, 16, 32, 64] as const;

const batchSize = 64;
const repeats = 5;

const estimators: readonly (readonly [name: string, estimator: LogDetEstimator])[] = [
  ["exact", exactLogDet()],
  ["series, 5 terms", powerSeries({ terms: 5 })],
  ["series, 10 terms", powerSeries({ terms: 10 })],
  ["roulette", russianRoulette({ law: geometricLaw({ p: 0.25 }), exactTerms: 2 })],
];

/**
 * Computes the log-det of a dense residual block of `dimension` features, 64 hidden ones and c = 0.9 by every estimator, on the
 * current backend. The gradient is that of the batch mean by all weights.
 */
export async function measureLogDets(backend: string, dimension: number): Promise<LogDetRecord> {
  const random = createRandom(1);
  const x = random.fold("x").normal([batchSize, dimension]);
  const branch = denseBranch({
    features: dimension,
    hidden: [64],
    activation: "sin",
    coefficient: 0.9,
    preactivation: false,
    random: random.fold("start"),
  });
  const blocks = estimators.map(([name, logDet]) => ({
    name,
    biasBound: logDet.bias({ lipschitz: branch.lipschitz, dimension }),
    block: residualBlock({ branch, logDet }),
  }));
  const records: LogDetRecord["estimators"] = [];
  try {
    let exact: Float32Array | undefined;
    for (const { name, biasBound, block } of blocks) {
      const logDet = (call: number): Tensor => {
        const { y, logDet } = block.forwardAndLogDet(x, { random: random.fold(call) });
        dispose(y);
        return logDet;
      };
      const values: Float32Array[] = [];
      const milliseconds = await medianOf(async (call) => {
        const result = logDet(call);
        values.push(Float32Array.from(await result.data()));
        dispose(result);
      });
      exact ??= values[0]!;
      const gradientMilliseconds = await medianOf(async (call) => {
        const loss = () => mean(logDet(call)) as Tensor;
        const { value, gradients } = valueAndGradients(loss, Object.values(block.parameters));
        await value.data();
        dispose([value, ...gradients]);
      });
      const error = distance(values, exact);
      records.push({ name, milliseconds, gradientMilliseconds, error, biasBound });
    }
    return { backend, dimension, batchSize, estimators: records };
  } finally {
    dispose(x);
    // The blocks share the variables of one branch.
    disposeBijection(blocks[0]!.block);
  }
}

/** After one call that is not timed, because it compiles and allocates. */
async function medianOf(run: (call: number) => Promise<void>): Promise<number> {
  const times: number[] = [];
  for (let call = 0; call <= repeats; call++) {
    const start = performance.now();
    await run(call);
    if (call > 0) times.push(performance.now() - start);
  }
  return median(times);
}

/** The root of the mean squared difference. */
function distance(draws: readonly Float32Array[], exact: Float32Array): number {
  const squares = draws.flatMap((values) => Array.from(values, (value, i) => (value - exact[i]!) ** 2));
  return Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / squares.length);
}
