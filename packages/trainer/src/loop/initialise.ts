import { NonFiniteError, explainOutOfMemory } from "@invertible/errors";
import { batchOrder } from "../data/batch-order.ts";
import { firstNonFinite } from "./locate-non-finite.ts";
import type { TrainSettings } from "./train-options.ts";
import { batchAugmentation } from "../data/batch-augmentation.ts";
import { withBatch } from "../data/with-batch.ts";

/**
 * Runs the data-dependent start of the flow, on the first examples of the first pass. Everything derives from `random`, so that
 * a run which was killed before its first checkpoint starts in the same way again.
 *
 * @throws NonFiniteError naming the example, or the parameter or state variable that is not finite afterwards.
 */
export async function initialise(settings: TrainSettings): Promise<void> {
  const { flow, data, random, initialExamples } = settings;
  if (initialExamples === 0) return;
  const examples = batchOrder({ random, count: data.count, batchSize: initialExamples }).indicesOf(1);
  const call = { random: random.fold("initialise"), training: true } as const;
  await withBatch(
    "train initialisation",
    data,
    examples,
    (batch, given) => flow.initialise(batch, { ...given, ...call }),
    batchAugmentation(settings)(0),
  ).catch((error: unknown) => {
    const remedy = `pass fewer initialExamples than ${initialExamples}`;
    throw explainOutOfMemory(error, {
      where: "train initialisation",
      examples: () => initialExamples,
      remedy,
    });
  });
  const bad = await firstNonFinite({ ...flow.parameters, ...flow.state });
  if (bad !== undefined)
    throw new NonFiniteError(
      `train initialisation: expected finite numbers, received ${JSON.stringify(bad)} that is not`,
    );
}
