import { dot } from "./dot.ts";
import type { Convolution64, Side } from "./convolution64.ts";

/** The number c of channels of a side. */
export const channelsOf = ({ inputs, outputs }: Convolution64, side: Side) =>
  side === "inputs" ? inputs : outputs;

/** The length of the sums in a product of two blocks. */
export const lengthOf = ({ inputs, outputs }: Convolution64, side: Side) =>
  side === "inputs" ? outputs : inputs;

/**
 * The products B_s B_t' [c, c] of all pairs of taps, of which Gram matrices are made. B is the block of a tap at the inputs,
 * and its transpose at the outputs. Entry (i, j) of B_s B_t' is `data[(c s + i) stride + c t + j]`.
 */
export interface TapProducts {
  /** Distance of two rows in `data`. */
  readonly stride: number;
  /** The products. */
  readonly data: Float64Array;
}

/** Computes the products of all pairs of taps. */
export function tapProducts(convolution: Convolution64, side: Side): TapProducts {
  const { inputs, outputs, taps } = convolution;
  const [channels, length] = [channelsOf(convolution, side), lengthOf(convolution, side)];
  const count = taps.length * channels;
  const stride = count + (count % 2);
  const rows = new Float64Array(stride * length);
  taps.forEach(({ block }, tap) => {
    rows.set(side === "inputs" ? block : transposed(block, inputs, outputs), tap * channels * length);
  });
  return { stride, data: rowProducts(rows, stride, length) };
}

/**
 * Computes the products of every two of `count` rows, where count is even. They are processed two by two, so that every number
 * loaded is used twice.
 */
function rowProducts(rows: Float64Array, count: number, length: number): Float64Array {
  const products = new Float64Array(count * count);
  for (let i = 0; i < count; i += 2)
    for (let j = 0; j <= i; j += 2) {
      const [upper, left] = [i * length, j * length];
      const [lower, right] = [upper + length, left + length];
      let [ul, ur, ll, lr] = [0, 0, 0, 0];
      for (let k = 0; k < length; k++) {
        const [u, l, x, y] = [rows[upper + k]!, rows[lower + k]!, rows[left + k]!, rows[right + k]!];
        ul += u * x;
        ur += u * y;
        ll += l * x;
        lr += l * y;
      }
      products[i * count + j] = products[j * count + i] = ul;
      products[i * count + j + 1] = products[(j + 1) * count + i] = ur;
      products[(i + 1) * count + j] = products[j * count + i + 1] = ll;
      products[(i + 1) * count + j + 1] = products[(j + 1) * count + i + 1] = lr;
    }
  return products;
}

/** The sum of |B|_F^2 over the taps. */
export function energy(convolution: Convolution64): number {
  return convolution.taps.reduce((sum, { block }) => sum + dot(block, 0, block, 0, block.length), 0);
}

function transposed(block: Float64Array, rows: number, columns: number): Float64Array {
  const result = new Float64Array(block.length);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) result[j * rows + i] = block[i * columns + j]!;
  return result;
}
