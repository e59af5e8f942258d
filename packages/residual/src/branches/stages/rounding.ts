import { add, max, mul, reshape, scalar, sizeOf, sqrt, square, sum, tidy } from "@invertible/ops";
import type { LinearOperator, Tensor } from "@invertible/ops";
import type { LipschitzOperator } from "@invertible/spectral-norm";

/** The distance between 1 and the next float32, which is twice the largest relative error of one rounding. */
export const epsilon = 2 ** -23;

/** The value of g at a point, with an estimate of its float32 rounding error. */
export interface Rounded {
  /** g(x), [B, ...] */
  readonly value: Tensor;
  /** An estimate [B, 1] of |computed g(x) - exact g(x)|_p for each row, in the norm p in which g contracts. */
  readonly rounding: Tensor;
}

/** The float32 rounding error of one stage h -> f(h), modelled as epsilon (ofInput |h|_2 + ofResult |f(h)|_2 + fixed). */
export interface StageRounding {
  /** Factor of |h|, a scalar. */
  readonly ofInput: Tensor;
  /** Factor of |f(h)|. */
  readonly ofResult: number;
  /** The rest, [B, 1] or a scalar. */
  readonly fixed: Tensor;
}

/**
 * Models the rounding of a product with an operator A: a scalar G such that |computed A h - A h|_2 <= epsilon G |h|_2. It
 * includes the rounding of the weight itself.
 *
 * Each output is a sum of n products w_j h_j. Every addition rounds a partial sum, and the errors partly cancel, so that n of
 * them amount to about sqrt(n) times one (Higham and Mary 2019, "A new approach to probabilistic rounding error analysis").
 * There are two cases:
 * - If the terms have both signs, the root mean square of the partial sums is at most about |w| |h| / sqrt(n). Over all
 *   outputs, the |w| add up to the Frobenius norm of A.
 * - If the terms have one sign, partial sums grow to the sum itself, and all sums together are at most |A| |h|.
 *
 * The factors 1/2 and 1/8 are measured. Networks with sums of 16 to 256 terms, of both signs or of one, reach at most three
 * quarters of the model. So do the 3x3 convolutions that wasm computes in tiles, with fewer multiplications.
 *
 * @param ofInput the relative error that h already has, in units of epsilon, or anything else that goes through A in proportion
 * to |h|
 */
export function roundingGain(operator: LipschitzOperator, bound: LinearOperator, ofInput = 0): Tensor {
  const { coefficient, weightRounding, domain, codomain } = operator;
  return tidy(() => {
    const { frobenius, terms } = sumsOf(bound, coefficient);
    // The coefficient bounds |A|_2 only where the operator is measured in the Euclidean norm.
    const spectral = domain === 2 && codomain === 2 ? coefficient : frobenius;
    return add(
      mul(frobenius, 1 / 2),
      mul(spectral, Math.sqrt(terms) / 8 + weightRounding / epsilon + ofInput),
    );
  });
}

/** The same gain for h -> h W, with W [inputs, outputs]. */
export function matrixGain(weight: Tensor): Tensor {
  return tidy(() => mul(frobeniusNorm(weight), 1 / 2 + Math.sqrt(weight.shape[0]!) / 8));
}

/** The Frobenius norm of an operator, or a little more, and how many products make one output. */
function sumsOf({ structure, inputShape, outputShape }: LinearOperator, coefficient: number) {
  if (structure === undefined) {
    const [terms, outputs] = [sizeOf(inputShape), sizeOf(outputShape)];
    // The Frobenius norm is at most sqrt(rank) times the spectral norm.
    return { frobenius: scalar(coefficient * Math.sqrt(Math.min(terms, outputs))), terms };
  }
  if (structure.kind === "dense")
    return { frobenius: frobeniusNorm(structure.weight), terms: structure.weight.shape[0]! };
  // This is not the norm of the matrix for the whole image. A number of the image meets each kernel at no more places than the
  // kernel has taps.
  const [height, width, channels] = structure.kernel.shape as [number, number, number];
  const taps = height * width;
  if (structure.kind === "conv2d")
    return { frobenius: mul(frobeniusNorm(structure.kernel), Math.sqrt(taps)), terms: taps * channels };
  const perChannel = sqrt(max(sum(square(structure.kernel), [0, 1])));
  return { frobenius: mul(perChannel, Math.sqrt(taps)), terms: taps };
}

const frobeniusNorm = (weight: Tensor) => sqrt(sum(square(weight)));

/** The Euclidean length of each row, [B, 1]. */
export function lengths(x: Tensor): Tensor {
  return tidy(() => sqrt(sum(square(reshape(x, [x.shape[0]!, -1])), 1, true)));
}
