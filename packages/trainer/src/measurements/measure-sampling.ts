import { checkOptions, checkPositiveInteger } from "@invertible/errors";
import { dispose } from "@invertible/ops";
import type { InverseEvidence } from "@invertible/bijection";
import { checkFlow } from "@invertible/flow";
import type { Flow, SampleCall } from "@invertible/flow";

/** Options of `measureSampling`. */
export interface MeasureSamplingOptions extends SampleCall {
  /** The model. */
  readonly flow: Flow;
  /** Number of samples in each call. Default 256. */
  readonly count?: number | undefined;
  /** Number of timed calls, after one that is not timed. Default 5. */
  readonly repeats?: number | undefined;
}

/** How long sampling takes. */
export interface SamplingTime {
  /** Median over the timed calls, including the time to read the samples back. */
  readonly millisecondsPerSample: number;
  /** The evidence of the inverse in the last call. */
  readonly evidence: readonly InverseEvidence[];
}

/**
 * Measures the wall-clock time of `flow.sample`.
 *
 * @throws ArgumentError for counts that are not positive integers, and whatever `flow.sample` throws.
 */
export async function measureSampling(options: MeasureSamplingOptions): Promise<SamplingTime> {
  checkOptions("measureSampling", options, {
    flow: "required",
    count: "optional",
    repeats: "optional",
    random: "required",
    temperature: "optional",
    condition: "optional",
    trace: "optional",
    tolerance: "optional",
    maxIterations: "optional",
    method: "optional",
    onCap: "optional",
  });
  checkFlow("measureSampling.flow", options.flow);
  const { flow, count = 256, repeats = 5, temperature = 1, ...solve } = options;
  checkPositiveInteger("measureSampling.count", count);
  checkPositiveInteger("measureSampling.repeats", repeats);
  const times: number[] = [];
  let evidence: readonly InverseEvidence[] = [];
  for (let call = 0; call <= repeats; call++) {
    const start = performance.now();
    const solved = await flow.sample(count, { ...solve, temperature, random: solve.random.fold(call) });
    try {
      await solved.x.data();
    } finally {
      dispose(solved.x);
    }
    // The first call is not timed, because it compiles and allocates.
    if (call > 0) times.push(performance.now() - start);
    evidence = solved.evidence;
  }
  times.sort((a, b) => a - b);
  return { millisecondsPerSample: times[Math.floor(times.length / 2)]! / count, evidence };
}
