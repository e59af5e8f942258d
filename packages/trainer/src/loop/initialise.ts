import { childCall, initialise as initialiseBijection } from "@invertible/bijection";
import { NonFiniteError, explainOutOfMemory } from "@invertible/errors";
import { dispose } from "@invertible/ops";
import { batchOrder } from "../data/batch-order.ts";
import { firstNonFinite } from "./locate-non-finite.ts";
import type { TrainSettings } from "./train-options.ts";
import { batchAugmentation } from "../data/batch-augmentation.ts";
import { withBatch } from "../data/with-batch.ts";

/**
 * Runs the data-dependent start of the layers, on the first examples of the first pass. Everything derives from `random`, so that
 * a run which was killed before its first checkpoint starts in the same way again.
 *
 * @throws NonFiniteError naming the example, or the parameter or state variable that is not finite afterwards.
 */
export async function initialise(settings: TrainSettings): Promise<void> {
  const { objective, data, random, initialExamples } = settings;
  if (initialExamples === 0) return;
  const examples = batchOrder({ random, count: data.count, batchSize: initialExamples }).indicesOf(1);
  const call = { random: random.fold("initialise"), training: true } as const;
  await withBatch(
    "train initialisation",
    data,
    examples,
    async (batch, { given }) => {
      const { trunk, trunkKey } = objective;
      const whole = { ...given, ...call };
      const within = childCall(whole, trunkKey);
      await initialiseBijection(trunk, batch, within);
      if (objective.start === undefined) return;
      const z = trunk.forward(batch, within);
      await objective.start(z, whole).finally(() => dispose(z));
    },
    batchAugmentation(settings)(0),
  ).catch((error: unknown) => {
    const remedy = `pass fewer initialExamples than ${initialExamples}`;
    throw explainOutOfMemory(error, {
      where: "train initialisation",
      examples: () => initialExamples,
      remedy,
    });
  });
  const bad = await firstNonFinite({ ...objective.parameters, ...objective.state });
  if (bad !== undefined)
    throw new NonFiniteError(
      `train initialisation: expected finite numbers, received ${JSON.stringify(bad)} that is not`,
    );
}
