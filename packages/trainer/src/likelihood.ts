import { childContext } from "@invertible/bijection";
import type { CallContext } from "@invertible/bijection";
import type { Flow } from "@invertible/flow";
import { clone, dispose, keep, mean, neg, stack, sum, valueAndGradients } from "@invertible/ops";
import type { Tensor, Variable } from "@invertible/ops";

/** The two terms of log p(x) = logDet + baseLogProb, each [B], in nats: what `flow.logProb` adds up. */
export function likelihoodTerms(
  flow: Flow,
  x: Tensor,
  context: CallContext,
): { logDet: Tensor; baseLogProb: Tensor } {
  const { y: z, logDet } = flow.bijection.forward(x, childContext(context, "bijection"));
  return { logDet, baseLogProb: flow.base.logProb(z) };
}

/**
 * The gradient of the batch mean of -log p(x) for every variable, and the batch means [logDet, baseLogProb] as one tensor
 * [2]. Call it inside `tidy`.
 */
export function likelihoodGradients(
  flow: Flow,
  variables: readonly Variable[],
  x: Tensor,
  context: CallContext,
): { means: Tensor; gradients: Tensor[] } {
  let means: Tensor | undefined;
  try {
    const { gradients } = valueAndGradients(() => {
      const { logDet, baseLogProb } = likelihoodTerms(flow, x, context);
      means = keep(mean(stack([logDet, baseLogProb]), 1));
      return neg(sum(means));
    }, variables);
    return { means: clone(means!), gradients };
  } finally {
    if (means) dispose(means);
  }
}
