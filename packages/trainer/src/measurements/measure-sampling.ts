import { checkPositiveInteger } from "@invertible/errors";
import { dispose } from "@invertible/ops";
import type { InverseEvidence } from "@invertible/bijection";
import type { Flow, SampleCall } from "@invertible/flow";

export interface MeasureSamplingOptions extends SampleCall {
  readonly flow: Flow;
  /** Samples per call. Default 256. */
  readonly count?: number | undefined;
  /** Timed calls, after one that is not. Default 5. */
  readonly repeats?: number | undefined;
}

export interface SamplingTime {
  /** Median over the calls, including the readback. */
  readonly millisecondsPerSample: number;
  /** Of the last call. */
  readonly evidence: readonly InverseEvidence[];
}

/** Wall clock of `flow.sample`. @throws what `flow.sample` throws. */
export async function measureSampling(options: MeasureSamplingOptions): Promise<SamplingTime> {
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
    // The first call compiles and allocates.
    if (call > 0) times.push(performance.now() - start);
    evidence = solved.evidence;
  }
  times.sort((a, b) => a - b);
  return { millisecondsPerSample: times[Math.floor(times.length / 2)]! / count, evidence };
}
