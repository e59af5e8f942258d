import { childCall } from "@invertible/bijection";
import type { Call } from "@invertible/bijection";
import type { Flow } from "@invertible/flow";
import type { Tensor } from "@invertible/ops";

/** The two terms of log p(x) = logDet + baseLogProb, each [B] in nats. `flow.logProb` adds them up. */
export function likelihoodTerms(flow: Flow, x: Tensor, call: Call): { logDet: Tensor; baseLogProb: Tensor } {
  const { y: z, logDet } = flow.bijection.forwardAndLogDet(x, childCall(call, "bijection"));
  return { logDet, baseLogProb: flow.base.logProb(z) };
}
