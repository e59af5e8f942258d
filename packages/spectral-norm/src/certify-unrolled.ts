import { at, bandMatrix, trace } from "./certify-band-matrix.ts";
import type { BandMatrix } from "./certify-band-matrix.ts";
import { boundLargestEigenvalue } from "./certify-largest-eigenvalue.ts";
import { gamma } from "./certify-rounding.ts";
import { channelsOf, lengthOf, tapProducts } from "./certify-side.ts";
import type { TapProduct } from "./certify-side.ts";
import { connected } from "./certify-taps.ts";
import type { Convolution64, Side } from "./certify-taps.ts";

/**
 * A proven upper bound of the squared 2-norm of the zero-padded operator itself, from the Cholesky factorisation of its banded
 * Gram matrix. Tight to about 1e-6.
 *
 * A computed entry of the Gram matrix is a sum of at most K = length x taps products, in error by at most gamma_K (|A|'|A|)_ij; that
 * matrix is positive semidefinite, so its 2-norm is at most its trace, which is that of A'A.
 */
export function boundUnrolled(convolution: Convolution64, side: Side): number {
  if (convolution.taps.length === 0) return 0;
  const gram = unrolledGram(convolution, side);
  const roundings = lengthOf(convolution, side) * convolution.taps.length;
  return boundLargestEigenvalue(
    gram,
    gamma(roundings) * trace(gram) * (1 + gamma(gram.size + roundings + 8)),
  );
}

/** Multiplications of `boundUnrolled`, roughly. */
export function unrolledCost(convolution: Convolution64, side: Side): number {
  const { height, width, outHeight, outWidth } = convolution;
  const size = channelsOf(convolution, side) * (side === "inputs" ? height * width : outHeight * outWidth);
  const band = Math.min(size, bandOf(convolution, side) + 1);
  const products =
    (convolution.taps.length ** 2 / 2) *
    convolution.inputs *
    convolution.outputs *
    channelsOf(convolution, side);
  // sum over rows of band^2 / 2, less what is missing at the start
  return (size * band * band) / 2 - band ** 3 / 3 + products;
}

function bandOf(convolution: Convolution64, side: Side): number {
  const { stride, taps, width, outWidth } = convolution;
  const spread = (offset: (tap: (typeof taps)[number]) => number) =>
    Math.max(...taps.map(offset)) - Math.min(...taps.map(offset));
  const [row, shrink] = side === "inputs" ? [width, 1] : [outWidth, stride];
  const dy = Math.floor(spread((tap) => tap.dy) / shrink);
  const dx = Math.min(row - 1, Math.floor(spread((tap) => tap.dx) / shrink));
  return (dy * row + dx + 1) * channelsOf(convolution, side) - 1;
}

function unrolledGram(convolution: Convolution64, side: Side): BandMatrix {
  const { height, width, outHeight, outWidth } = convolution;
  const channels = channelsOf(convolution, side);
  const [nodes, groups] =
    side === "inputs" ? [height * width, outHeight * outWidth] : [outHeight * outWidth, height * width];
  const gram = bandMatrix(nodes * channels, bandOf(convolution, side));
  const products = new Map<number, TapProduct>();
  const count = convolution.taps.length;
  for (const product of tapProducts(convolution, side)) products.set(product.s * count + product.t, product);
  for (let group = 0; group < groups; group++) {
    const present = connected(convolution, side, group);
    for (const { tap: s, node: a } of present)
      for (const { tap: t, node: b } of present) {
        if (b > a) continue;
        // Nodes rise with taps at the inputs and fall at the outputs.
        const { product } = products.get(s >= t ? s * count + t : t * count + s)!;
        addBlock(gram, channels, a, b, product, s >= t);
      }
  }
  return gram;
}

/** Adds a product, or its transpose, to the lower half of the Gram matrix. */
function addBlock(
  { band, data }: BandMatrix,
  channels: number,
  a: number,
  b: number,
  product: Float64Array,
  asIs: boolean,
): void {
  const [down, right] = asIs ? [channels, 1] : [1, channels];
  for (let i = 0; i < channels; i++) {
    const row = at(band, a * channels + i, b * channels);
    const end = a === b ? i + 1 : channels;
    for (let j = 0; j < end; j++) data[row + j]! += product[i * down + j * right]!;
  }
}
