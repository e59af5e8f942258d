import { checkOptions, checkPositiveInteger } from "@invertible/errors";
import { dense } from "@invertible/ops";
import { aolWeight } from "./aol.ts";
import type { CappedDenseOptions } from "./capped-dense.ts";
import { checkEuclidean } from "./checks.ts";
import { constructedOperator } from "./constructed-operator.ts";
import type { ConstructedOperator } from "./constructed-operator.ts";
import { kaimingUniform } from "./initial-values.ts";

/**
 * A bounded dense layer x -> c x D W on [B, inputs], without bias, where D_ii = (sum_j |W W'|_ij)^(-1/2). Its spectral norm is
 * at most c for every W [inputs, outputs], and no iteration is needed. The bound is cheap and not tight: for random square
 * matrices the norm is about 0.75 c at size 40, 0.68 c at 64 and 0.45 c at 512.
 *
 * @throws ArgumentError for sizes below 1, a coefficient that is not a positive number, or norms other than 2.
 * @see Prach & Lampert (2022), arXiv:2208.03160, theorem 1
 */
export function aolDense(options: CappedDenseOptions): ConstructedOperator {
  checkOptions("aolDense", options, {
    inputs: "required",
    outputs: "required",
    coefficient: "required",
    random: "required",
    domain: "optional",
    codomain: "optional",
  });
  const { inputs, outputs, coefficient, random } = options;
  checkPositiveInteger("aolDense: inputs", inputs);
  checkPositiveInteger("aolDense: outputs", outputs);
  checkEuclidean("aolDense", options);
  return constructedOperator({
    name: "aolDense",
    inputShape: [inputs],
    outputShape: [outputs],
    coefficient,
    initialWeight: () => kaimingUniform(random.fold("weight"), [inputs, outputs], inputs),
    contraction: aolWeight,
    operator: (weight) => dense(weight),
  });
}
