import { collectStateUpdates } from "@invertible/bijection";
import { add, clone, dispose, mul, tidy } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import type { ParameterLayout } from "../optimizers/parameter-layout.ts";
import { objectiveGradients } from "./objective-gradients.ts";
import type { GradientRequest } from "./objective-gradients.ts";

/** The gradient of one batch. The caller disposes of the tensors. */
export interface BatchGradient {
  /** The batch means of the terms of the objective, [terms]. */
  readonly means: Tensor;
  /** The gradient of the loss by all parameters, [N] in the order of the layout. */
  readonly gradient: Tensor;
  /** What layers propose for their state, by its name, such as running statistics. Empty for most models. */
  readonly states: Readonly<Record<string, Tensor>>;
}

/** What `batchGradient` computes. */
export interface BatchGradientRequest extends Omit<GradientRequest, "variables"> {
  readonly layout: ParameterLayout;
}

/** Computes the gradient of a batch as one vector, together with what layers propose for their state. */
export async function batchGradient(request: BatchGradientRequest): Promise<BatchGradient> {
  const { objective, layout, call } = request;
  const stateUpdates = collectStateUpdates();
  let gradients: readonly Tensor[] = [];
  try {
    const result = await objectiveGradients({
      ...request,
      call: { ...call, stateUpdates },
      variables: layout.variables,
    });
    gradients = result.gradients;
    const proposed = Object.entries(objective.state).flatMap(([name, state]) => {
      const next = stateUpdates.proposed.get(state);
      return next ? [[name, clone(next)] as const] : [];
    });
    return {
      means: result.means,
      gradient: tidy(() => layout.flatten(gradients)),
      states: Object.fromEntries(proposed),
    };
  } finally {
    // Gradients are as large as all parameters together.
    dispose([...gradients]);
    stateUpdates.dispose();
  }
}

/** Adds up the gradients of micro-batches, and what they propose. Disposes of both. */
export function addGradients(sums: BatchGradient, more: BatchGradient): BatchGradient {
  const added = tidy(() => ({
    means: add(sums.means, more.means),
    gradient: add(sums.gradient, more.gradient),
    states: Object.fromEntries(
      Object.entries(sums.states).map(([name, state]) => [name, add(state, more.states[name]!)]),
    ),
  }));
  disposeGradient(sums);
  disposeGradient(more);
  return added;
}

/** The mean of the gradients of so many micro-batches from their sum, which is disposed of. */
export function meanGradient(sums: BatchGradient, count: number): BatchGradient {
  if (count === 1) return sums;
  const mean = tidy(() => ({
    means: mul(sums.means, 1 / count),
    gradient: mul(sums.gradient, 1 / count),
    states: Object.fromEntries(
      Object.entries(sums.states).map(([name, state]) => [name, mul(state, 1 / count)]),
    ),
  }));
  disposeGradient(sums);
  return mean;
}

/** Frees the tensors of a gradient. */
export function disposeGradient({ means, gradient, states }: BatchGradient): void {
  dispose([means, gradient, ...Object.values(states)]);
}
