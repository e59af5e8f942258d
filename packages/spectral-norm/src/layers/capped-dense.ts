import type { VectorNorm } from "@invertible/certificates";
import { checkOptions, checkPositiveInteger } from "@invertible/errors";
import { dense, matMul } from "@invertible/ops";
import type { Random } from "@invertible/ops";
import { cappedOperator } from "./capped-operator.ts";
import type { CappedOperator } from "./capped-operator.ts";
import type { MeasuredFamily } from "../estimates/measured-family.ts";
import { kaimingUniform } from "./initial-values.ts";

/** Options of `cappedDense`, `aolDense` and `orthogonalDense`. */
export interface CappedDenseOptions {
  /** Numbers in one input. */
  readonly inputs: number;
  /** Numbers in one output. */
  readonly outputs: number;
  /** The limit c on the norm of the layer. */
  readonly coefficient: number;
  /** Key for the initial weights. */
  readonly random: Random;
  /** The p of the l_p norm of inputs, in [1, Infinity]. Default 2. */
  readonly domain?: VectorNorm;
  /** The q of the l_q norm of outputs, in [1, Infinity]. Default 2. The limited norm is the one from l_p to l_q. */
  readonly codomain?: VectorNorm;
}

/**
 * A dense layer x -> x W / max(1, sigma(W)/c) on [B, inputs], without bias, whose norm is kept at or below c. W [inputs,
 * outputs] starts Kaiming-uniform. sigma estimates the spectral norm, or the norm from l_domain to l_codomain; see
 * `CappedOperator`.
 *
 * @throws ArgumentError for sizes below 1, a coefficient that is not a positive number, or a norm below 1.
 */
export function cappedDense(options: CappedDenseOptions): CappedOperator {
  checkOptions("cappedDense", options, {
    inputs: "required",
    outputs: "required",
    coefficient: "required",
    random: "required",
    domain: "optional",
    codomain: "optional",
  });
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

/** The family of x -> x W with W [inputs, outputs]. */
export function denseFamily(inputs: number, outputs: number): MeasuredFamily {
  return {
    inputShape: [inputs],
    outputShape: [outputs],
    operator: (weight) => dense(weight),
    normGradient: (u, v) => matMul(v, u, true, false),
    rankOne: true,
    matrix: { rows: inputs, columns: outputs, transposed: false },
  };
}
