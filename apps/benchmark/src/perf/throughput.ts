import { disposeFlow } from "@invertible/flow";
import { createRandom, dispose, tensor } from "@invertible/ops";
import { measureSampling } from "@invertible/trainer";
import { median } from "./median.ts";
import type { ThroughputRecord } from "./record/schema.ts";
import { training } from "./steps/cases.ts";
import type { PerformanceCase } from "./steps/cases.ts";

const repeats = 5;

/**
 * How many examples per second log p(x) is computed for, and how many samples are drawn, on the current backend. The network is
 * as at the start of training. Inverses are solved to their default tolerance.
 */
export async function measureThroughput(
  backend: string,
  { name, model, layout, batchSize, data, programs }: PerformanceCase,
): Promise<ThroughputRecord> {
  const random = createRandom(1);
  const flow = programs[0]!.build(random.fold("start"));
  const { values, shape, count } = data();
  const rows = (n: number) =>
    tensor(Float32Array.from(values.subarray(0, (n * values.length) / count)), [n, ...shape]);
  const [first, batch] = [rows(Math.min(count, training.initialExamples)), rows(batchSize)];
  try {
    await flow.initialise(first, { random: random.fold("initialise") });
    const times: number[] = [];
    for (let i = 0; i <= repeats; i++) {
      const start = performance.now();
      const logProb = flow.logProb(batch, { random: random.fold(i) });
      await logProb.data();
      // The first call compiles and allocates.
      if (i > 0) times.push(performance.now() - start);
      dispose(logProb);
    }
    const { millisecondsPerSample, evidence } = await measureSampling({
      flow,
      count: batchSize,
      repeats,
      random: random.fold("samples"),
    });
    return {
      backend,
      data: name,
      model,
      layout,
      batchSize,
      logProb: (1000 * batchSize) / median(times),
      sampling: 1000 / millisecondsPerSample,
      errorBound: Math.max(0, ...evidence.map(({ errorBound }) => errorBound)),
    };
  } finally {
    dispose([first, batch]);
    disposeFlow(flow);
  }
}
