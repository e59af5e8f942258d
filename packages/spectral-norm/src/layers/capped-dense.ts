import type { VectorNorm } from "@invertible/certificates";
import { checkPositiveInteger } from "@invertible/errors";
import { dense, matMul } from "@invertible/ops";
import type { Random } from "@invertible/ops";
import { cappedOperator } from "./capped-operator.ts";
import type { CappedOperator } from "./capped-operator.ts";
import type { MeasuredFamily } from "../estimates/measured-family.ts";
import { kaimingUniform } from "./initial-values.ts";

export interface CappedDenseOptions {
  readonly inputs: number;
  readonly outputs: number;
  /** c, the cap on the norm of the layer. */
  readonly coefficient: number;
  readonly random: Random;
  /** p and q of the induced norm from l_p to l_q. Default 2 and 2. */
  readonly domain?: VectorNorm;
  readonly codomain?: VectorNorm;
}

/**
 * x -> x W / max(1, sigma(W)/c) on [B, inputs], without bias; W [inputs, outputs] starts Kaiming-uniform. sigma is the spectral
 * norm, or the norm from l_domain to l_codomain; see `CappedOperator`.
 *
 * @throws ArgumentError for sizes below 1, a coefficient that is not a positive number, or a norm below 1.
 */
export function cappedDense(options: CappedDenseOptions): CappedOperator {
  const { inputs, outputs, random } = options;
  checkPositiveInteger("cappedDense: inputs", inputs);
  checkPositiveInteger("cappedDense: outputs", outputs);
  const family = denseFamily(inputs, outputs);
  return cappedOperator(
    {
      ...options,
      ...family,
      name: "cappedDense",
      weightShape: [inputs, outputs],
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
