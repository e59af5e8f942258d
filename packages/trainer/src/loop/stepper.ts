import { explainOutOfMemory } from "@invertible/errors";
import { add, dispose, tidy } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import { batchOrder } from "../data/batch-order.ts";
import { locateNonFinite } from "./locate-non-finite.ts";
import { learningRateAt } from "./schedule.ts";
import type { TrainSettings } from "./train-options.ts";
import type { StepEvent } from "./training-event.ts";
import type { TrainingState } from "../engines/engine.ts";
import { termNames } from "../objectives/objective.ts";
import { batchAugmentation } from "../data/batch-augmentation.ts";
import { withBatch } from "../data/with-batch.ts";

/** Makes training steps until one is due to be reported. */
export interface Stepper {
  /**
   * Makes steps from + 1, from + 2, ... until `isDue`, reads their report back, and returns it as an event.
   *
   * A NaN or infinity in any step makes the summed report NaN or infinite, so one check at the end covers all its steps. If the
   * check fails, everything is put back to where it was at `from`, and the steps are made again one at a time, up to the bad
   * one. So no update of a step with a non-finite loss or gradient survives, and good runs pay nothing for the check.
   *
   * @throws NonFiniteError that says where. Parameters, slots and state are then those before the bad step.
   */
  advance(from: number, isDue: (step: number) => boolean): Promise<StepEvent<string>>;
}

/** Makes the stepper of a training. `breathe` is called after every step. */
export function createStepper(
  settings: TrainSettings,
  state: TrainingState,
  breathe: () => Promise<void>,
): Stepper {
  const { objective, data, random, batchSize, microBatchSize, optimizer } = settings;
  const { warmupSteps, schedule, backward } = settings;
  const order = batchOrder({ random, count: data.count, batchSize });
  const noise = random.fold("step");
  const terms = termNames(objective);
  const augmentation = batchAugmentation(settings);
  const rateAt = (step: number) =>
    learningRateAt(step, { base: optimizer.learningRate, warmupSteps, schedule });
  /** Steps up to this one are checked one by one, because one of them is bad. */
  let suspectUntil = 0;

  const makeStep = (step: number): Promise<Tensor> =>
    withBatch(
      `train step ${step}`,
      data,
      order.indicesOf(step),
      (batch, { given, target }) => {
        const call = { ...given, random: noise.fold(step), training: true };
        return state.step({ batch, target, call, scalars: optimizer.scalars(step, rateAt(step)) });
      },
      augmentation(step),
    ).catch((error: unknown) => {
      const saving = backward === "whole" ? `, or backward: "checkpointed"` : "";
      const remedy = `pass a smaller microBatchSize than ${microBatchSize}${saving}`;
      throw explainOutOfMemory(error, {
        where: `train step ${step}`,
        examples: () => microBatchSize,
        remedy,
      });
    });

  const locate = (step: number) => {
    const where = `train step ${step}`;
    const examples = order.indicesOf(step);
    return withBatch(
      where,
      data,
      examples,
      (batch, { given, target }) => {
        const call = { ...given, random: noise.fold(step), training: true };
        const request = { where, objective, batch, target, examples, call, backward, microBatchSize };
        return locateNonFinite(request);
      },
      augmentation(step),
    );
  };

  /** Makes steps from + 1, ... until one is due. Returns the sum of their reports, or no sum where a step failed. */
  const runUntil = async (from: number, isDue: (step: number) => boolean) => {
    let [step, total] = [from, undefined as Tensor | undefined];
    try {
      do {
        step++;
        if (step > from + 1) await state.refresh();
        const [before, own] = [total, await makeStep(step)];
        total = before ? tidy(() => add(before, own)) : own;
        if (before) dispose([before, own]);
        await breathe();
      } while (!isDue(step));
      const sums = await total.data();
      return { step, sums: sums.every(Number.isFinite) ? sums : undefined };
    } catch (error) {
      // The steps before this one were not checked yet. The caller must do that first, unless there were none.
      if (step === from + 1) throw error;
      return { step, sums: undefined };
    } finally {
      dispose(total ?? []);
    }
  };

  const advance = async (from: number, isDue: (step: number) => boolean): Promise<StepEvent<string>> => {
    const start = performance.now();
    const due = (step: number) => step <= suspectUntil || isDue(step);
    const snapshot = await state.snapshot();
    try {
      const { step, sums } = await runUntil(from, due);
      if (sums === undefined) {
        snapshot.restore();
        await state.sync();
        if (step === from + 1) throw await locate(step);
        suspectUntil = step;
        return await advance(from, isDue);
      }
      await state.refresh();
      const steps = step - from;
      const means = Array.from(sums, (sum) => sum / steps);
      return {
        kind: "step",
        step,
        steps,
        epochs: order.epochsAfter(step),
        loss: terms.reduce((loss, term, i) => loss + objective.weights[term]! * means[i]!, 0),
        terms: Object.fromEntries(terms.map((term, i) => [term, means[i]!])),
        gradientNorm: means[terms.length]!,
        learningRate: rateAt(step),
        milliseconds: (performance.now() - start) / steps,
      };
    } finally {
      snapshot.dispose();
    }
  };
  return { advance };
}
