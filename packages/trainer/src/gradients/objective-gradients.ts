import { childCall } from "@invertible/bijection";
import type { Call } from "@invertible/bijection";
import {
  add,
  addN,
  clone,
  dispose,
  fill,
  keep,
  mean,
  mul,
  stack,
  sum,
  tensor,
  tidy,
  valueAndGradients,
  zerosLike,
} from "@invertible/ops";
import type { Tensor, Variable } from "@invertible/ops";
import { evaluateTerms, inOrder, logDetWeight, termNames } from "../objectives/objective.ts";
import type { Objective } from "../objectives/objective.ts";
import type { Backward } from "./backward.ts";
import { createWalk, walkThere } from "./backward-walk.ts";
import { createHeldTensors } from "./held-tensors.ts";

/** The gradients of one batch. The caller disposes of them. */
export interface ObjectiveGradients {
  /** The batch means of the terms, [terms]. */
  readonly means: Tensor;
  /** The gradients of the loss, in the order of the variables. */
  readonly gradients: readonly Tensor[];
}

/** What `objectiveGradients` computes. */
export interface GradientRequest {
  /** What is differentiated. */
  readonly objective: Objective;
  /** The variables to differentiate by. */
  readonly variables: readonly Variable[];
  /** The examples, [B, ...]. */
  readonly batch: Tensor;
  /** What the terms compare the result with, [B, ...]. */
  readonly target?: Tensor | undefined;
  /** Random key, condition and mode of the evaluation. */
  readonly call: Call;
  /** What is remembered for the gradient. */
  readonly backward: Backward;
}

/**
 * Computes the gradient of the loss of a batch by every variable. Only "reversible" waits for numbers to be read back, because
 * iterative inverses look at them.
 */
export async function objectiveGradients(request: GradientRequest): Promise<ObjectiveGradients> {
  const { backward } = request;
  return backward === "whole" ? onOneTape(request) : layerByLayer(request, backward);
}

function onOneTape({ objective, variables, batch, ...context }: GradientRequest): ObjectiveGradients {
  let means: Tensor | undefined;
  try {
    return tidy(() => {
      const { gradients } = valueAndGradients(() => {
        means = keep(meansOf(evaluateTerms(objective, batch, context)));
        return weighted(objective, means);
      }, variables);
      return { means: clone(means!), gradients };
    });
  } finally {
    if (means) dispose(means);
  }
}

async function layerByLayer(
  { objective, variables, batch, call, target }: GradientRequest,
  backward: Exclude<Backward, "whole">,
): Promise<ObjectiveGradients> {
  const { trunk, trunkKey } = objective;
  const held = createHeldTensors();
  const batchSize = batch.shape[0]!;
  const ofLogDet = logDetWeight(objective);
  const logDetWeights =
    ofLogDet === undefined ? undefined : held.hold(() => fill([batchSize], ofLogDet / batchSize));
  const walk = createWalk(held, logDetWeights, backward);
  try {
    const { y: z, back } = walkThere(walk, trunk, batch, childCall(call, trunkKey), false);
    // All of them, since a term may depend on a variable of the trunk itself. The walk adds to what is there.
    const distinct = [...new Set(variables)];
    // The log-dets of the layers are known only on the way back. A nought stands in their place here.
    const [partial, dz, ...rest] = held.hold(() => {
      let means: Tensor | undefined;
      try {
        const loss = () => {
          const nought = ofLogDet === undefined ? undefined : fill([batchSize], 0);
          means = keep(meansOf(inOrder(objective, z, { call, target }, nought)));
          return weighted(objective, means);
        };
        const { gradients } = valueAndGradients(loss, [z, ...distinct]);
        return [clone(means!), ...gradients];
      } finally {
        dispose(means ?? []);
      }
    }) as [Tensor, Tensor, ...Tensor[]];
    distinct.forEach((variable, i) => walk.gradients.set(variable, rest[i]!));
    await back?.({ value: z, gradient: dz });
    const means = held.hold(() => {
      if (ofLogDet === undefined) return clone(partial);
      const isLogDet = tensor(termNames(objective).map((name) => (name === "logDet" ? 1 : 0)));
      return add(partial, mul(isLogDet, mean(addN(walk.logDets))));
    });
    return {
      means: held.handOver(means),
      gradients: variables.map((variable) =>
        held.handOver(walk.gradients.get(variable) ?? held.hold(() => zerosLike(variable))),
      ),
    };
  } finally {
    held.dispose();
  }
}

/** The batch means of terms, [terms]. */
function meansOf(terms: readonly Tensor[]): Tensor {
  return mean(stack([...terms]), 1);
}

/** The loss of a batch from the means of its terms. */
function weighted(objective: Objective, means: Tensor): Tensor {
  return sum(mul(means, tensor(termNames(objective).map((name) => objective.weights[name]!))));
}
