import { checkOptions, checkPositiveInteger } from "@invertible/errors";
import { dense, mul, transpose } from "@invertible/ops";
import type { CappedDenseOptions } from "./capped-dense.ts";
import { cayley } from "./cayley.ts";
import { checkEuclidean } from "./checks.ts";
import { constructedOperator } from "./constructed-operator.ts";
import type { ConstructedOperator } from "./constructed-operator.ts";

/**
 * A dense layer x -> c x Q on [B, inputs], without bias, where Q [inputs, outputs] has orthonormal rows or columns, whichever
 * are fewer. All singular values of Q are 1, so those of the map are all c. If outputs >= inputs, every length is multiplied by
 * exactly c. Q is the Cayley transform of the free weight [inputs, outputs], which starts N(0, 1/min(inputs, outputs)).
 *
 * @throws ArgumentError for sizes below 1, a coefficient that is not a positive number, or norms other than 2.
 * @see Trockman & Kolter (2021), arXiv:2104.07167
 */
export function orthogonalDense(options: CappedDenseOptions): ConstructedOperator {
  checkOptions("orthogonalDense", options, {
    inputs: "required",
    outputs: "required",
    coefficient: "required",
    random: "required",
    domain: "optional",
    codomain: "optional",
  });
  const { inputs, outputs, coefficient, random } = options;
  checkPositiveInteger("orthogonalDense: inputs", inputs);
  checkPositiveInteger("orthogonalDense: outputs", outputs);
  checkEuclidean("orthogonalDense", options);
  return constructedOperator({
    name: "orthogonalDense",
    inputShape: [inputs],
    outputShape: [outputs],
    coefficient,
    // The eigenvalues of the skew part are then of order 1, so that the rotations have angles all over the circle.
    initialWeight: () =>
      mul(random.fold("weight").normal([inputs, outputs]), 1 / Math.sqrt(Math.min(inputs, outputs))),
    contraction: (weight) => (inputs >= outputs ? cayley(weight) : transpose(cayley(transpose(weight)))),
    operator: (weight) => dense(weight),
  });
}
