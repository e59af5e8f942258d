import { childCall } from "@invertible/bijection";
import type { Call } from "@invertible/bijection";
import type { Flow } from "@invertible/flow";
import {
  addN,
  clone,
  dispose,
  fill,
  keep,
  mean,
  neg,
  reshape,
  stack,
  sum,
  tidy,
  valueAndGradients,
  zerosLike,
} from "@invertible/ops";
import type { Tensor, Variable } from "@invertible/ops";
import type { Backward } from "./backward.ts";
import { createWalk, walkThere } from "./backward-walk.ts";
import { createHeldTensors } from "./held-tensors.ts";
import { likelihoodTerms } from "../loop/likelihood.ts";

/** The gradients of one batch. The caller disposes of them. */
export interface LikelihoodGradients {
  /** The batch means of the log-det and of the base log-probability, [2], in nats. */
  readonly means: Tensor;
  /** The gradients of the batch mean of -log p(x), in the order of the variables. */
  readonly gradients: readonly Tensor[];
}

/** What `likelihoodGradients` computes. */
export interface GradientRequest {
  /** The model. */
  readonly flow: Flow;
  /** The variables to differentiate by. */
  readonly variables: readonly Variable[];
  /** The examples, [B, ...]. */
  readonly batch: Tensor;
  /** Random key, condition and mode of the evaluation. */
  readonly call: Call;
  /** What is remembered for the gradient. */
  readonly backward: Backward;
}

/**
 * Computes the gradient of the batch mean of -log p(x) by every variable. Only "reversible" waits for numbers to be read back,
 * because iterative inverses look at them.
 */
export async function likelihoodGradients(request: GradientRequest): Promise<LikelihoodGradients> {
  const { backward } = request;
  return backward === "whole" ? onOneTape(request) : layerByLayer(request, backward);
}

function onOneTape({ flow, variables, batch, call }: GradientRequest): LikelihoodGradients {
  let means: Tensor | undefined;
  try {
    return tidy(() => {
      const { gradients } = valueAndGradients(() => {
        const { logDet, baseLogProb } = likelihoodTerms(flow, batch, call);
        means = keep(mean(stack([logDet, baseLogProb]), 1));
        return neg(sum(means));
      }, variables);
      return { means: clone(means!), gradients };
    });
  } finally {
    if (means) dispose(means);
  }
}

async function layerByLayer(
  { flow, variables, batch, call }: GradientRequest,
  backward: Exclude<Backward, "whole">,
): Promise<LikelihoodGradients> {
  const held = createHeldTensors();
  const batchSize = batch.shape[0]!;
  const logDetWeights = held.hold(() => fill([batchSize], -1 / batchSize));
  const walk = createWalk(held, logDetWeights, backward);
  try {
    const { y: z, back } = walkThere(walk, flow.bijection, batch, childCall(call, "bijection"), false);
    const ofBase = Object.values(flow.base.parameters);
    const [baseLoss, dz, ...rest] = held.hold(() => {
      const { value, gradients } = valueAndGradients(() => neg(mean(flow.base.logProb(z))), [z, ...ofBase]);
      return [value, ...gradients];
    }) as [Tensor, Tensor, ...Tensor[]];
    ofBase.forEach((variable, i) => walk.gradients.set(variable, rest[i]!));
    await back?.({ value: z, gradient: dz });
    return {
      means: held.handOver(held.hold(() => stack([mean(addN(walk.logDets)), neg(reshape(baseLoss, []))]))),
      gradients: variables.map((variable) =>
        held.handOver(walk.gradients.get(variable) ?? held.hold(() => zerosLike(variable))),
      ),
    };
  } finally {
    held.dispose();
  }
}
