import type { Flow } from "@invertible/flow";
import type { Call } from "@invertible/bijection";
import { add, dispose, mul, tidy } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import type { ParameterLayout } from "../optimizers/parameter-layout.ts";
import type { Backward } from "./backward.ts";
import { likelihoodGradients } from "./likelihood-gradients.ts";

/** The gradient of one batch. The caller disposes of the tensors. */
export interface BatchGradient {
  /** The batch means of the log-det and of the base log-probability, [2], in nats. */
  readonly means: Tensor;
  /** The gradient of the batch mean of -log p(x) by all parameters, [N] in the order of the layout. */
  readonly gradient: Tensor;
}

/** What `batchGradient` computes. */
export interface BatchGradientRequest {
  readonly flow: Flow;
  readonly layout: ParameterLayout;
  /** The examples, [B, ...]. */
  readonly batch: Tensor;
  /** Random key, condition and mode of the evaluation. */
  readonly call: Call;
  readonly backward: Backward;
}

/** Computes the gradient of a batch as one vector. */
export async function batchGradient({ layout, ...request }: BatchGradientRequest): Promise<BatchGradient> {
  const { means, gradients } = await likelihoodGradients({ ...request, variables: layout.variables });
  try {
    return { means, gradient: tidy(() => layout.flatten(gradients)) };
  } finally {
    // They are as large as all parameters together.
    dispose([...gradients]);
  }
}

/** Adds up the gradients of micro-batches, and disposes of both. */
export function addGradients(sums: BatchGradient, more: BatchGradient): BatchGradient {
  const added = tidy(() => ({
    means: add(sums.means, more.means),
    gradient: add(sums.gradient, more.gradient),
  }));
  dispose([sums.means, sums.gradient, more.means, more.gradient]);
  return added;
}

/** The mean of the gradients of so many micro-batches from their sum, which is disposed of. */
export function meanGradient(sums: BatchGradient, count: number): BatchGradient {
  if (count === 1) return sums;
  const { means, gradient } = sums;
  const mean = tidy(() => ({ means: mul(means, 1 / count), gradient: mul(gradient, 1 / count) }));
  dispose([means, gradient]);
  return mean;
}
