import { fail } from "@invertible/errors";
import type { JsonObject } from "@invertible/errors";
import { clone, dispose, tensor } from "@invertible/ops";
import { encodeCheckpoint, restoreCheckpoint } from "./checkpoint.ts";
import type { RunDescription } from "./checkpoint.ts";
import { fingerprint } from "./fingerprint.ts";
import { comparableSettings } from "../loop/train-options.ts";
import type { TrainSettings } from "../loop/train-options.ts";
import type { CheckpointEvent } from "../loop/training-event.ts";
import type { TrainingState } from "../engines/engine.ts";

/** Connects the state of a training with its checkpoint store. */
export interface Checkpointing {
  /** Restores the checkpoint, and returns its step. Undefined where there is none to restore. */
  restore(): Promise<number | undefined>;
  /** Stores a checkpoint. Undefined where there is no store, or the checkpoint of this step is stored already. */
  save(step: number): Promise<CheckpointEvent | undefined>;
}

/** Prepares to restore and save checkpoints. Fingerprints the data. */
export async function createCheckpointing(
  settings: TrainSettings,
  state: TrainingState,
  engineConfig: JsonObject,
): Promise<Checkpointing> {
  const { objective, optimizer, averaging, checkpoint, random, resume, steps } = settings;
  if (!checkpoint)
    return { restore: () => Promise.resolve(undefined), save: () => Promise.resolve(undefined) };
  const { store } = checkpoint;
  const layout = state.layout.entries;
  const run: RunDescription = {
    architecture: objective.architecture(),
    data: await fingerprint(settings.data),
    random: [...random.key],
    settings: comparableSettings(settings, engineConfig),
  };
  const slotNames = optimizer.slots.map((slot) => `optimizer.${slot}`);
  let stored = -1;

  return {
    async restore() {
      if (resume === "never") return undefined;
      const bytes = await store.load();
      if (bytes === undefined) {
        if (resume === "required") fail("train.resume", "a checkpoint in the store", "none");
        return undefined;
      }
      const names = averaging ? [...slotNames, "average"] : slotNames;
      const vectors = names.map((name) => ({ name, size: state.layout.size }));
      const restored = await restoreCheckpoint({
        bytes,
        model: objective,
        run,
        layout,
        vectors,
        largestStep: steps,
      });
      const vectorOf = (name: string) => tensor(restored.vectors.get(name)!.slice());
      state.adopt({
        parameters: clone(state.carried.parameters),
        slots: slotNames.map(vectorOf),
        ...(averaging && { average: vectorOf("average") }),
      });
      stored = restored.step;
      return stored;
    },
    async save(step) {
      if (step === stored) return undefined;
      const start = performance.now();
      await state.sync();
      const { slots, average } = state.carried;
      const names = average ? [...slotNames, "average"] : slotNames;
      const frozen = [...slots, ...(average ? [average] : [])].map((t) => clone(t));
      try {
        const arrays = await Promise.all(frozen.map((t) => t.data()));
        const vectors = new Map(names.map((name, i) => [name, Float32Array.from(arrays[i]!)]));
        const bytes = await encodeCheckpoint({ model: objective, step, run, layout, vectors });
        await store.save(bytes);
        stored = step;
        return { kind: "checkpoint", step, bytes: bytes.length, milliseconds: performance.now() - start };
      } finally {
        dispose(frozen);
      }
    },
  };
}
