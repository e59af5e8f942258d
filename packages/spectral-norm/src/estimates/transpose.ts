import type { LinearOperator } from "@invertible/ops";

/** A' as an operator. */
export function transpose(operator: LinearOperator): LinearOperator {
  return {
    inputShape: operator.outputShape,
    outputShape: operator.inputShape,
    apply: (x) => operator.adjoint(x),
    adjoint: (y) => operator.apply(y),
  };
}
