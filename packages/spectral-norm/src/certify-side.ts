import { dot } from "./certify-dot.ts";
import type { Convolution64, Side } from "./certify-taps.ts";

/** B_s B_t', [c, c] row by row: what a Gram matrix is made of. B is a tap's block at the inputs, its transpose at the outputs. */
export interface TapProduct {
  readonly s: number;
  readonly t: number;
  readonly product: Float64Array;
}

/** c, the channels of a side. */
export const channelsOf = ({ inputs, outputs }: Convolution64, side: Side) =>
  side === "inputs" ? inputs : outputs;

/** The length of the sums in a product. */
export const lengthOf = ({ inputs, outputs }: Convolution64, side: Side) =>
  side === "inputs" ? outputs : inputs;

/** For s >= t; the others are their transposes. */
export function tapProducts(convolution: Convolution64, side: Side): TapProduct[] {
  const { inputs, outputs, taps } = convolution;
  const [channels, length] = [channelsOf(convolution, side), lengthOf(convolution, side)];
  const blocks = taps.map(({ block }) => (side === "inputs" ? block : transposed(block, inputs, outputs)));
  return blocks.flatMap((a, s) =>
    blocks.slice(0, s + 1).map((b, t) => {
      const product = new Float64Array(channels * channels);
      for (let i = 0; i < channels; i++)
        for (let j = 0; j < channels; j++)
          product[i * channels + j] = dot(a, i * length, b, j * length, length);
      return { s, t, product };
    }),
  );
}

/** sum of |weight|^2 over the taps: the trace of each group of products, up to rounding. */
export function energy(convolution: Convolution64): number {
  return convolution.taps.reduce((sum, { block }) => sum + dot(block, 0, block, 0, block.length), 0);
}

function transposed(block: Float64Array, rows: number, columns: number): Float64Array {
  const result = new Float64Array(block.length);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) result[j * rows + i] = block[i * columns + j]!;
  return result;
}
