import { dispose, tidy } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";

/** Tensors that live across asynchronous steps, where `tidy` cannot reach. Disposing of it frees those still held. */
export interface HeldTensors {
  /** Runs `make` inside `tidy`, and holds what it returns. */
  hold<T extends Tensor | readonly Tensor[]>(make: () => T): T;
  /** Frees a tensor; one that is not held, such as a caller's, is left alone. */
  release(tensor: Tensor): void;
  /** Leaves a tensor to the caller. */
  handOver(tensor: Tensor): Tensor;
  dispose(): void;
}

export function createHeldTensors(): HeldTensors {
  const held = new Set<Tensor>();
  return {
    hold(make) {
      const made = tidy(make as () => Tensor) as ReturnType<typeof make>;
      for (const tensor of [made].flat() as Tensor[]) held.add(tensor);
      return made;
    },
    release(tensor) {
      if (held.delete(tensor)) dispose(tensor);
    },
    handOver(tensor) {
      held.delete(tensor);
      return tensor;
    },
    dispose() {
      dispose([...held]);
      held.clear();
    },
  };
}
