import { dispose, tidy } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";

/** Owns tensors that live across asynchronous steps, which `tidy` cannot cover. */
export interface HeldTensors {
  /** Runs `make` inside `tidy`, and holds the tensors that it returns. */
  hold<T extends Tensor | readonly Tensor[]>(make: () => T): T;
  /** Frees a tensor. One that is not held, such as a tensor of the caller, is left alone. */
  release(tensor: Tensor): void;
  /** Stops holding a tensor, and leaves it to the caller. */
  handOver(tensor: Tensor): Tensor;
  /** Frees all tensors that are still held. */
  dispose(): void;
}

/** Makes an empty collection. */
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
