import type { LinearOperator } from "@invertible/ops";

/** The transposed operator A'. */
export function transpose(operator: LinearOperator): LinearOperator {
  return {
    inputShape: operator.outputShape,
    outputShape: operator.inputShape,
    apply: (x) => operator.adjoint(x),
    adjoint: (y) => operator.apply(y),
  };
}
