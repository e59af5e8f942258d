import type { Call } from "@invertible/bijection";
import { dispose, keep, slice, tidy } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";

/** A part of a batch whose gradient is computed at a time. */
export interface MicroBatch {
  /** Its examples, [size, ...]. */
  readonly batch: Tensor;
  /** What the objective compares their results with, [size, ...]. Absent where the data set has no targets. */
  readonly target?: Tensor | undefined;
  /** How they are evaluated. */
  readonly call: Call;
  /** Which row of the whole batch is its first. */
  readonly firstRow: number;
}

/**
 * Cuts a batch into parts of `size` rows. A part exists until the next one is asked for. Each has a key of its own, so that its noise
 * differs from that of the others. A batch of at most `size` rows is its only part, with the key of the call.
 */
export function* microBatches(
  { batch, target, call }: Omit<MicroBatch, "firstRow">,
  size: number,
): Generator<MicroBatch, void, void> {
  const rows = batch.shape[0]!;
  if (rows <= size) {
    yield { batch, target, call, firstRow: 0 };
    return;
  }
  const { random, condition } = call;
  for (let first = 0; first < rows; first += size) {
    const cut = (t: Tensor) =>
      tidy(() => keep(slice(t, [first, ...t.shape.slice(1).map(() => 0)], [size, ...t.shape.slice(1)])));
    const part = cut(batch);
    const ownTarget = target && cut(target);
    // A condition of one row belongs to every example.
    const ownCondition = condition !== undefined && condition.shape[0] === rows ? cut(condition) : undefined;
    try {
      yield {
        batch: part,
        target: ownTarget,
        firstRow: first,
        call: {
          ...call,
          ...(random && { random: random.fold("micro-batch").fold(first / size) }),
          ...(ownCondition && { condition: ownCondition }),
        },
      };
    } finally {
      dispose([part, ownTarget, ownCondition].filter((t) => t !== undefined));
    }
  }
}
