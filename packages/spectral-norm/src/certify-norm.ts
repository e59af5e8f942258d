import { certifyOperator } from "@invertible/certificates";
import type { Norms, OperatorCertificate, OperatorWeights } from "@invertible/certificates";
import { UnsupportedError } from "@invertible/errors";
import type { LinearOperator } from "@invertible/ops";

/**
 * Proves an upper bound of an operator's norm |A| = sup |A x|_codomain / |x|_domain. The proof treats the float32 weights as
 * exact numbers. It works by Cholesky factorisation, on a grid of frequencies, by a closed form or by interpolation.
 * `certifyOperator` of `@invertible/certificates` states the proofs, how tight they are and what they assume.
 *
 * The weights are read before the call returns its promise, so they may be disposed of afterwards.
 *
 * @throws UnsupportedError for an operator without `structure`.
 * @throws NonFiniteError for a weight that is NaN or infinite.
 * @throws ArgumentError for a norm outside [1, Infinity].
 */
export async function certifyNorm(
  operator: LinearOperator,
  norms: Norms = { domain: 2, codomain: 2 },
): Promise<OperatorCertificate> {
  return certifyOperator(await readWeights(operator), norms);
}

/** Copies the weights. The read starts before the first await. */
async function readWeights({ structure, inputShape }: LinearOperator): Promise<OperatorWeights> {
  if (structure === undefined)
    throw new UnsupportedError(
      "certifyNorm: expected an operator with a `structure` (dense, conv2d, depthwiseConv2d), received one known by its action only",
    );
  const tensor = structure.kind === "dense" ? structure.weight : structure.kernel;
  const weight = { values: Float64Array.from(await tensor.data()), shape: tensor.shape };
  if (structure.kind === "dense") return { kind: "dense", weight };
  return { kind: structure.kind, weight, inputShape, stride: structure.stride };
}
