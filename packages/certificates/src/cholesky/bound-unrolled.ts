import { bandMatrix, rowOffset, trace } from "./band-matrix.ts";
import type { BandMatrix } from "./band-matrix.ts";
import { mostSteps } from "./estimate-largest-eigenvalue.ts";
import { boundLargestEigenvalue } from "./bound-largest-eigenvalue.ts";
import { gamma } from "../rounding.ts";
import { channelsOf, lengthOf, tapProducts } from "../tap-products.ts";
import type { TapProducts } from "../tap-products.ts";
import { connected } from "../convolution64.ts";
import type { Connection, Convolution64, Side } from "../convolution64.ts";

/**
 * Proves an upper bound of the squared 2-norm of the zero-padded operator itself, from the Cholesky factorisation of its banded
 * Gram matrix. It is tight to about 1e-6. Returns `floor` if that is an upper bound.
 *
 * A computed entry of the Gram matrix is a sum of at most K = length x taps products. Its error is at most gamma_K
 * (|A|'|A|)_ij. This matrix is positive semidefinite, so its 2-norm is at most its trace, which equals that of A'A.
 */
export function boundUnrolled(convolution: Convolution64, side: Side, floor = 0): number {
  if (convolution.taps.length === 0) return floor;
  const gram = unrolledGram(convolution, side);
  const roundings = lengthOf(convolution, side) * convolution.taps.length;
  return boundLargestEigenvalue(
    gram,
    gamma(roundings) * trace(gram) * (1 + gamma(gram.size + roundings + 8)),
    floor,
  );
}

/** The approximate number of multiplications in `boundUnrolled`. */
export function unrolledCost(convolution: Convolution64, side: Side): number {
  const { height, width, outHeight, outWidth } = convolution;
  const size = channelsOf(convolution, side) * (side === "inputs" ? height * width : outHeight * outWidth);
  const band = Math.min(size, bandOf(convolution, side) + 1);
  const products =
    (convolution.taps.length ** 2 / 2) *
    convolution.inputs *
    convolution.outputs *
    channelsOf(convolution, side);
  // For long narrow images, the estimate by Lanczos iteration costs most, also in memory: it keeps `mostSteps` vectors.
  const estimate = 2 * Math.min(size, mostSteps) ** 2 * size;
  // The sum of band^2 / 2 over the rows, less what is missing at the start.
  return (size * band * band) / 2 - band ** 3 / 3 + estimate + products;
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
  const products = tapProducts(convolution, side);
  for (let group = 0; group < groups; group++) {
    const present = connected(convolution, side, group);
    for (const down of present)
      for (const right of present)
        if (right.node <= down.node) addBlock(gram, channels, products, down, right);
  }
  return gram;
}

/** Adds B_s B_t' where the two pixels meet. s and t are the taps that connect them with a third pixel. */
function addBlock(
  { band, data }: BandMatrix,
  channels: number,
  products: TapProducts,
  down: Connection,
  right: Connection,
): void {
  for (let i = 0; i < channels; i++) {
    const row = down.node * channels + i;
    const to = rowOffset(band, row) + right.node * channels;
    const from = (down.tap * channels + i) * products.stride + right.tap * channels;
    const end = down.node === right.node ? i + 1 : channels;
    for (let j = 0; j < end; j++) data[to + j]! += products.data[from + j]!;
  }
}
