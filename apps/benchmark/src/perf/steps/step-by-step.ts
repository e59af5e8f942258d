import { train } from "@invertible/trainer";
import type { StepEvent, TrainOptions } from "@invertible/trainer";

/** A training that advances one step at a time. */
export interface StepByStep {
  /** Makes the next step. */
  step(): Promise<StepEvent>;
  /** Frees what the training holds, except the flow. */
  end(): Promise<void>;
}

/** Prepares a training. `options.steps` says how many steps there may be. */
export function stepByStep(options: TrainOptions): StepByStep {
  const events = train(options);
  return {
    async step() {
      // The generator makes a step when the next event is asked for.
      for (;;) {
        const { done, value: event } = await events.next();
        if (done)
          throw new Error(
            `stepByStep: expected at most ${options.steps} steps, received a request for one more`,
          );
        if (event.kind === "step") return event;
      }
    },
    async end() {
      await events.return();
    },
  };
}
