import {
  abs,
  add,
  concat,
  conv2d,
  matMul,
  max,
  mul,
  pad,
  reshape,
  rsqrt,
  sum,
  tensor,
  tidy,
  transpose,
} from "@invertible/ops";
import type { Tensor } from "@invertible/ops";

/**
 * Scales a weight W [inputs, outputs] so that the operator A of x -> x W has |A| <= 1. The rows of W, which are the columns of
 * A, are multiplied by (sum_j |A'A|_ij)^(-1/2). Then D^-2 - A'A is diagonally dominant, which proves the bound.
 *
 * @see Prach & Lampert (2022), arXiv:2208.03160, theorem 1
 */
export function aolWeight(weight: Tensor): Tensor {
  return tidy(() => mul(weight, scales(sum(abs(matMul(weight, weight, false, true)), 1, true))));
}

/**
 * Scales a kernel [k, k, inputs, outputs] in the same way, with one scale for each input channel. The sums run over the
 * autocorrelation of the kernel, which is the Gram matrix of the convolution on an unbounded grid. It does not depend on where
 * the middle of the kernel is. The operator on H x W images, zero padding included, is a part of the one on the grid, so its
 * norm is not larger.
 *
 * At stride 2 an input pixel meets only every second tap in each direction, and its place determines which. This gives four
 * sums, of which the largest counts.
 *
 * @see Prach & Lampert (2022), arXiv:2208.03160, theorem 2, for stride 1
 */
export function aolKernel(kernel: Tensor, stride: 1 | 2): Tensor {
  return tidy(() => {
    const [height, width, inputs, outputs] = kernel.shape as [number, number, number, number];
    // Together with the zeros that `conv2d` adds, there are k - 1 zeros on either side, which gives every shift.
    const zerosAround = (k: number): [number, number] => [Math.ceil((k - 1) / 2), Math.floor((k - 1) / 2)];
    const images = pad(transpose(kernel, [2, 0, 1, 3]), [
      [0, 0],
      zerosAround(height),
      zerosAround(width),
      [0, 0],
    ]);
    const taps = transpose(kernel, [0, 1, 3, 2]);
    const met = concat(
      tapsMet(height, width, stride).map((own) => mul(taps, tensor(own, [height, width, 1, 1]))),
      3,
    );
    const inputShape = [2 * height - 1, 2 * width - 1, outputs];
    // [inputs, shifts, shifts, places * inputs]
    const correlation = conv2d(met, { inputShape }).apply(images);
    const sums = reshape(sum(abs(correlation), [0, 1, 2]), [-1, inputs]);
    return mul(kernel, reshape(scales(max(sums, 0)), [inputs, 1]));
  });
}

/** For each place of an input pixel on the grid of the stride, 1 at the taps that it meets and 0 elsewhere. */
function tapsMet(height: number, width: number, stride: 1 | 2): Float32Array[] {
  return Array.from({ length: stride ** 2 }, (_, place) =>
    Float32Array.from({ length: height * width }, (_, tap) => {
      const [i, j] = [Math.floor(tap / width), tap % width];
      return i % stride === Math.floor(place / stride) && j % stride === place % stride ? 1 : 0;
    }),
  );
}

// A weight of 0 stays 0, and the factor stays below 1e6.
const tiny = 1e-12;

function scales(sums: Tensor): Tensor {
  return rsqrt(add(sums, tiny));
}
