import { checkOptions } from "@invertible/errors";
import { createCheckpointing } from "../checkpoints/checkpointing.ts";
import { createBreather } from "./event-loop.ts";
import { initialise } from "./initialise.ts";
import { createStepper } from "./stepper.ts";
import type { LikelihoodTerm } from "../objectives/maximum-likelihood.ts";
import { trainSettings } from "./train-options.ts";
import type { TrainObjectiveOptions, TrainOptions, TrainSettings } from "./train-options.ts";
import type { TrainingEvent } from "./training-event.ts";

/**
 * Trains a flow by maximum likelihood, or another model by another objective: it minimises the mean of the objective's loss over
 * all parameters.
 *
 *     for await (const event of train({ flow, data, batchSize: 256, steps: 1000, optimizer: adam(), random })) { ... }
 *
 * The layers are first started from data. Each step then takes the next batch, computes and clips the gradient, applies the
 * optimiser's update, and refreshes the state that follows the weights. A step depends only on the key and the number of the step. So stopping anywhere
 * and resuming from the checkpoint gives the same numbers, bit for bit, as not stopping (on the same backend, with a pure
 * schedule).
 *
 * Leaving the loop early (`break`, `return`, an exception) frees everything except the model and the caller's average. Nothing
 * runs between events, so the model may then be evaluated, sampled or saved.
 *
 * @throws ArgumentError or ShapeError at once for options that cannot work; see `TrainLoopOptions`.
 * @throws NonFiniteError from the iterator where a NaN or infinity appears. It names the first place: example, layer, direction
 * and tensor, or parameter, or gradient. The update of the bad step is not applied, whatever `reportEvery` is.
 * @throws OutOfMemoryError from the iterator for a batch that does not fit into the memory of the backend, naming the step.
 */
export function train<Term extends string = LikelihoodTerm>(
  options: TrainOptions | TrainObjectiveOptions<Term>,
): AsyncGenerator<TrainingEvent<Term>, void, void> {
  checkOptions("train", options, {
    flow: "optional",
    objective: "optional",
    data: "required",
    batchSize: "required",
    steps: "required",
    optimizer: "required",
    random: "required",
    clipNorm: "optional",
    warmupSteps: "optional",
    schedule: "optional",
    backward: "optional",
    microBatchSize: "optional",
    refresh: "optional",
    finalRefresh: "optional",
    initialExamples: "optional",
    augment: "optional",
    averaging: "optional",
    reportEvery: "optional",
    checkpoint: "optional",
    resume: "optional",
    signal: "optional",
    engine: "optional",
  });
  // The names of the terms are those of the objective's weights.
  return run(trainSettings(options)) as AsyncGenerator<TrainingEvent<Term>, void, void>;
}

async function* run(settings: TrainSettings): AsyncGenerator<TrainingEvent<string>, void, void> {
  const { objective, steps, checkpoint, signal, reportEvery } = settings;
  const isAborted = () => signal?.aborted === true;
  const engineConfig = await settings.engine.prepare();
  const state = settings.engine.start(settings);
  try {
    const start = performance.now();
    const checkpoints = await createCheckpointing(settings, state, engineConfig);
    const restored = await checkpoints.restore();
    const examples = restored === undefined ? settings.initialExamples : 0;
    if (restored === undefined) {
      await initialise(settings);
      state.begin();
    }
    yield {
      kind: "initialised",
      step: restored ?? 0,
      source: restored !== undefined ? "checkpoint" : examples > 0 ? "data" : "model",
      examples,
      milliseconds: performance.now() - start,
    };

    const isSaved = (step: number) => checkpoint?.every !== undefined && step % checkpoint.every === 0;
    const isDue = (step: number) =>
      step === steps || step % reportEvery === 0 || isSaved(step) || isAborted();
    const stepper = createStepper(settings, state, createBreather());
    let step = restored ?? 0;
    while (step < steps && !isAborted()) {
      const event = await stepper.advance(step, isDue);
      step = event.step;
      await state.sync();
      yield event;
      const saved = isSaved(step) ? await checkpoints.save(step) : undefined;
      if (saved) yield saved;
    }
    const saved = await checkpoints.save(step);
    if (saved) yield saved;
    await objective.refresh(settings.finalRefresh);
    yield { kind: "end", step, reason: step === steps ? "finished" : "aborted" };
  } finally {
    state.dispose();
  }
}
