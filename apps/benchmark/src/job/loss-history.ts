import { decodeSafetensors, encodeSafetensors } from "@invertible/flow";
import type { CheckpointStore } from "@invertible/trainer";

const lossName = "benchmark.loss";
const millisecondsName = "benchmark.milliseconds";
const refusalName = "benchmark.refusal";

/** Loss and time of every step so far, kept across interruptions. */
export interface LossHistory {
  /** Nats; entry i belongs to step i + 1. Rounded to float32, so that a resumed run has the same. */
  readonly loss: readonly number[];
  readonly milliseconds: readonly number[];
  add(loss: number, milliseconds: number): void;
  /** Why the steps are made eagerly although captured ones were wanted, or null. */
  refusal: string | null;
}

/**
 * A store whose checkpoints carry the history inside the same file: whichever checkpoint survives a kill, the curve that
 * belongs to it survives too.
 */
export function withHistory(store: CheckpointStore): {
  readonly store: CheckpointStore;
  readonly history: LossHistory;
} {
  const loss: number[] = [];
  const milliseconds: number[] = [];
  const floats = (values: readonly number[]) => {
    const data = Float32Array.from(values);
    return { dtype: "F32" as const, shape: [data.length], data };
  };
  const history: LossHistory = {
    loss,
    milliseconds,
    add(nats, time) {
      loss.push(Math.fround(nats));
      milliseconds.push(Math.fround(time));
    },
    refusal: null,
  };
  return {
    history,
    store: {
      async load() {
        const bytes = await store.load();
        if (!bytes) return undefined;
        const { tensors, metadata } = decodeSafetensors(bytes);
        const own = new Map(tensors);
        for (const [name, target] of [
          [lossName, loss],
          [millisecondsName, milliseconds],
        ] as const) {
          target.length = 0;
          for (const value of own.get(name)?.data ?? []) target.push(Number(value));
          own.delete(name);
        }
        const { [refusalName]: refusal, ...others } = Object.fromEntries(metadata);
        history.refusal = refusal ?? null;
        return encodeSafetensors({ tensors: own, metadata: new Map(Object.entries(others)) });
      },
      save(bytes) {
        const { tensors, metadata } = decodeSafetensors(bytes);
        const all = new Map([...tensors, [lossName, floats(loss)], [millisecondsName, floats(milliseconds)]]);
        const noted = new Map(metadata);
        if (history.refusal !== null) noted.set(refusalName, history.refusal);
        return store.save(encodeSafetensors({ tensors: all, metadata: noted }));
      },
    },
  };
}

/** At most `points` points, each the mean of the losses of its stretch at the stretch's last step. */
export function thinCurve(loss: readonly number[], points: number): { step: number[]; loss: number[] } {
  const stretch = Math.max(1, Math.ceil(loss.length / points));
  const curve = { step: [] as number[], loss: [] as number[] };
  for (let start = 0; start < loss.length; start += stretch) {
    const part = loss.slice(start, start + stretch);
    curve.step.push(start + part.length);
    curve.loss.push(part.reduce((a, b) => a + b, 0) / part.length);
  }
  return curve;
}

/** The first steps compile and warm up; they are left out where enough others are there. */
export function medianAfterWarmup(milliseconds: readonly number[]): number {
  const warm = milliseconds.length > 10 ? milliseconds.slice(5) : [...milliseconds];
  const sorted = warm.sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  if (sorted.length === 0) return 0;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
