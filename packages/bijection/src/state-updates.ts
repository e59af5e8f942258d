import { clone, dispose, keep } from "@invertible/ops";
import type { Tensor, Variable } from "@invertible/ops";

/**
 * Collects the values that layers want their state to have after a training step, such as running statistics. A training call changes
 * no state by itself: it may be made twice for one step, as with checkpointed gradients, or be repeated to find a NaN. So a layer
 * proposes, and who makes the step decides.
 */
export interface StateUpdates {
  /** For layers: proposes the value of a state variable after this step. Keeps a copy, instead of one proposed before. */
  propose(variable: Variable, next: Tensor): void;
  /** What has been proposed so far. The tensors belong to the collection. */
  readonly proposed: ReadonlyMap<Variable, Tensor>;
  /** Assigns the proposed values to their variables, and empties the collection. */
  apply(): void;
  /** Empties the collection, and changes nothing. */
  dispose(): void;
}

/**
 * Makes an empty collection, for `call.stateUpdates` of a training step.
 *
 * @example
 * ```ts
 * const stateUpdates = collectStateUpdates();
 * const logProb = flow.logProb(batch, { training: true, stateUpdates });
 * stateUpdates.apply();
 * ```
 */
export function collectStateUpdates(): StateUpdates {
  const proposed = new Map<Variable, Tensor>();
  const empty = () => {
    dispose([...proposed.values()]);
    proposed.clear();
  };
  return {
    proposed,
    propose(variable, next) {
      const before = proposed.get(variable);
      proposed.set(variable, keep(clone(next)));
      if (before) dispose(before);
    },
    apply() {
      for (const [variable, next] of proposed) variable.assign(next);
      empty();
    },
    dispose: empty,
  };
}
