import { add, max, mul, reshape, scalar, sizeOf, sqrt, square, sum, tidy } from "@invertible/ops";
import type { LinearOperator, Tensor } from "@invertible/ops";
import type { LipschitzOperator } from "@invertible/spectral-norm";

/** The distance between 1 and the next float32: twice the largest relative error of one rounding. */
export const epsilon = 2 ** -23;

/** g at a point, and how far float32 may be off there. */
export interface Rounded {
  /** g(x), [B, ...] */
  readonly value: Tensor;
  /** A model of |computed g(x) - exact g(x)|_p for each row, [B, 1], in the norm p in which g contracts. */
  readonly rounding: Tensor;
}

/** What float32 adds in one stage h -> f(h), modelled as epsilon (ofInput |h|_2 + ofResult |f(h)|_2 + fixed). */
export interface StageRounding {
  /** Scalars. */
  readonly ofInput: Tensor;
  readonly ofResult: number;
  /** [B, 1] or a scalar. */
  readonly fixed: Tensor;
}

/**
 * G with |computed A h - A h|_2 <= epsilon G |h|_2, a scalar; modelled. What float32 does to the weight itself is in it.
 *
 * Each output is a sum of n products w_j h_j. Every addition rounds a partial sum, and the errors partly cancel, so that n of them
 * make about sqrt(n) times one (Higham and Mary 2019, "A new approach to probabilistic rounding error analysis"). Where the
 * terms have both signs, the root mean square of the partial sums is at most about |w| |h| / sqrt(n); over all outputs, the |w| add
 * up to the Frobenius norm of A. Where the terms have one sign, partial sums grow to the sum itself, and all sums together are at
 * most |A| |h|. The constants 1/2 and 1/8 are measured: networks of 16 to 256 terms, of both signs and of one, come to
 * three quarters of the model at the most.
 *
 * @param ofInput by how many epsilon of itself h is off already, or what else goes through A in proportion to |h|
 */
export function roundingGain(operator: LipschitzOperator, bound: LinearOperator, ofInput = 0): Tensor {
  const { coefficient, weightRounding, domain, codomain } = operator;
  return tidy(() => {
    const { frobenius, terms } = sumsOf(bound, coefficient);
    // |A|_2: the coefficient bounds it only where the operator is measured in the Euclidean norm.
    const spectral = domain === 2 && codomain === 2 ? coefficient : frobenius;
    return add(
      mul(frobenius, 1 / 2),
      mul(spectral, Math.sqrt(terms) / 8 + weightRounding / epsilon + ofInput),
    );
  });
}

/** The same for h -> h W, W [inputs, outputs]. */
export function matrixGain(weight: Tensor): Tensor {
  return tidy(() => mul(frobeniusNorm(weight), 1 / 2 + Math.sqrt(weight.shape[0]!) / 8));
}

/** An operator's Frobenius norm, or a little more, and how many products make one output. */
function sumsOf({ structure, inputShape, outputShape }: LinearOperator, coefficient: number) {
  if (structure === undefined) {
    const [terms, outputs] = [sizeOf(inputShape), sizeOf(outputShape)];
    // The Frobenius norm is at most sqrt(rank) times the spectral norm.
    return { frobenius: scalar(coefficient * Math.sqrt(Math.min(terms, outputs))), terms };
  }
  if (structure.kind === "dense")
    return { frobenius: frobeniusNorm(structure.weight), terms: structure.weight.shape[0]! };
  // Not of the matrix for the whole image: a number of the image meets each kernel at no more places than the kernel has taps.
  const [height, width, channels] = structure.kernel.shape as [number, number, number];
  const taps = height * width;
  if (structure.kind === "conv2d")
    return { frobenius: mul(frobeniusNorm(structure.kernel), Math.sqrt(taps)), terms: taps * channels };
  const perChannel = sqrt(max(sum(square(structure.kernel), [0, 1])));
  return { frobenius: mul(perChannel, Math.sqrt(taps)), terms: taps };
}

const frobeniusNorm = (weight: Tensor) => sqrt(sum(square(weight)));

/** |x|_2 of each row, [B, 1]. */
export function lengths(x: Tensor): Tensor {
  return tidy(() => sqrt(sum(square(reshape(x, [x.shape[0]!, -1])), 1, true)));
}
