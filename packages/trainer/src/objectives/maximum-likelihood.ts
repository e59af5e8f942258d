import { readJson } from "@invertible/errors";
import { checkFlow, flowArchitecture } from "@invertible/flow";
import type { Flow } from "@invertible/flow";
import type { Objective } from "./objective.ts";

/** The terms of a log-likelihood, log p(x) = logDet + baseLogProb, in nats. */
export type LikelihoodTerm = "logDet" | "baseLogProb";

/**
 * Maximum likelihood of a flow: the loss is the mean of -log p(x) = -(log|det df/dx| + log p_base(f(x))), in nats per example.
 *
 * @throws ArgumentError for anything but a flow in use.
 */
export function maximumLikelihood(flow: Flow): Objective<LikelihoodTerm> {
  checkFlow("maximumLikelihood", flow);
  return Object.freeze({
    name: "maximumLikelihood",
    config: {},
    parameters: flow.parameters,
    state: flow.state,
    refresh: (options) => flow.refresh(options),
    architecture: () => readJson("maximumLikelihood: architecture", flowArchitecture(flow)),
    trunk: flow.bijection,
    trunkKey: "bijection",
    weights: { logDet: -1, baseLogProb: -1 },
    terms: (z) => ({ baseLogProb: flow.base.logProb(z) }),
  } satisfies Objective<LikelihoodTerm>);
}
