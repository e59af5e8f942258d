import { checkPositiveInteger, dense, matMul } from "@invertible/ops";
import type { Random } from "@invertible/ops";
import { cappedOperator } from "./capped-operator.ts";
import type { CappedOperator, MeasuredFamily } from "./capped-operator.ts";
import { kaimingUniform } from "./initial-values.ts";

export interface CappedDenseOptions {
  readonly inputs: number;
  readonly outputs: number;
  /** c, the cap on the spectral norm of the layer. */
  readonly coefficient: number;
  readonly random: Random;
}

/**
 * x -> x W / max(1, sigma(W)/c) on [B, inputs], without bias; W [inputs, outputs] starts Kaiming-uniform.
 * @throws ArgumentError for sizes below 1 or a coefficient that is not a positive number.
 */
export function cappedDense({ inputs, outputs, coefficient, random }: CappedDenseOptions): CappedOperator {
  checkPositiveInteger("cappedDense: inputs", inputs);
  checkPositiveInteger("cappedDense: outputs", outputs);
  const family = denseFamily(inputs, outputs);
  return cappedOperator(
    {
      ...family,
      name: "cappedDense",
      coefficient,
      initialWeight: () => kaimingUniform(random.fold("weight"), [inputs, outputs], inputs),
      measured: family,
    },
    random.fold("singularVector"),
  );
}

/** x -> x W with W [inputs, outputs]. */
export function denseFamily(inputs: number, outputs: number): MeasuredFamily {
  return {
    inputShape: [inputs],
    outputShape: [outputs],
    operator: (weight) => dense(weight),
    normGradient: (u, v) => matMul(v, u, true, false),
  };
}
