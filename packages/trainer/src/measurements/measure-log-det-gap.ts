import { checkOptions, checkPositiveInteger } from "@invertible/errors";
import { dispose, stack, tidy } from "@invertible/ops";
import type { Random } from "@invertible/ops";
import { childCall } from "@invertible/bijection";
import { checkFlow } from "@invertible/flow";
import type { Flow } from "@invertible/flow";
import { checkExamples } from "../data/example-set.ts";
import type { ExampleSet } from "../data/example-set.ts";
import { withBatch } from "../data/with-batch.ts";
import { meanAndError } from "./mean-and-error.ts";

/** Options of `measureLogDetGap`. */
export interface MeasureLogDetGapOptions {
  /** The model. */
  readonly flow: Flow;
  /** The examples. The first `batchSize` of them are used. */
  readonly data: ExampleSet;
  /** Key for the noise of dequantisation, which both log-dets share, and for their probes. */
  readonly random: Random;
  /** Number of examples. Default 64. */
  readonly batchSize?: number | undefined;
  /** How often the probes of both are drawn for each example. Default 4. */
  readonly draws?: number | undefined;
}

/** How far the log-det that a model was trained with lies above the one that it is evaluated with. */
export interface LogDetGap {
  /** Mean over examples of the difference, in nats per example. Positive where training sees too high a likelihood. */
  readonly mean: number;
  /** Standard error of that mean over the examples, in nats. It includes the probes' noise. NaN for a single example. */
  readonly standardError: number;
}

/**
 * Compares the log-det of training with that of evaluation on one batch. A model that is trained with a truncated series can
 * learn to make the terms that are cut off large and negative: the training loss falls, and the likelihood does not rise. This
 * difference shows it. It contains the probes' noise, so it is averaged over draws.
 *
 * Layers that work with the statistics of a batch in training have another log-det there too, which is part of the difference.
 *
 * @throws ArgumentError or ShapeError for data that do not fit the flow.
 */
export async function measureLogDetGap(options: MeasureLogDetGapOptions): Promise<LogDetGap> {
  checkOptions("measureLogDetGap", options, {
    flow: "required",
    data: "required",
    random: "required",
    batchSize: "optional",
    draws: "optional",
  });
  const { flow, data, random, batchSize = 64, draws = 4 } = options;
  checkFlow("measureLogDetGap.flow", flow);
  checkExamples("measureLogDetGap", data, flow.bijection);
  checkPositiveInteger("measureLogDetGap.batchSize", batchSize);
  checkPositiveInteger("measureLogDetGap.draws", draws);
  const examples = Int32Array.from({ length: Math.min(batchSize, data.count) }, (_, i) => i);
  const differences = new Float64Array(examples.length);
  for (let draw = 0; draw < draws; draw++)
    await withBatch("measureLogDetGap", data, examples, async (batch, { given }) => {
      const call = childCall({ ...given, random: random.fold("gap").fold(draw) }, "bijection");
      const both = tidy(() =>
        stack(
          [true, false].map(
            (training) => flow.bijection.forwardAndLogDet(batch, { ...call, training }).logDet,
          ),
        ),
      );
      try {
        const values = await both.data();
        examples.forEach((_, i) => (differences[i]! += (values[i]! - values[examples.length + i]!) / draws));
      } finally {
        dispose(both);
      }
    });
  return meanAndError(differences);
}
