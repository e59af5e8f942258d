import { boundByFrequencies } from "./certify-dft.ts";
import { roundedUp } from "./certify-rounding.ts";
import type { Convolution64, Side } from "./certify-taps.ts";
import { boundUnrolled, unrolledCost } from "./certify-unrolled.ts";

/** Multiplications, about a third of a second, up to which the operator itself is factorised. */
const affordable = 3e8;

export interface EuclideanBound {
  readonly bound: number;
  readonly method: "cholesky" | "dft";
}

/** A proven upper bound of the 2-norm: of the operator itself where that is quick, else by frequencies. */
export function boundEuclidean(convolution: Convolution64): EuclideanBound {
  const map = asMatrix(convolution);
  const costs = { inputs: unrolledCost(map, "inputs"), outputs: unrolledCost(map, "outputs") };
  const side: Side = costs.inputs <= costs.outputs ? "inputs" : "outputs";
  const unrolled = map.taps.length <= 1 || costs[side] <= affordable;
  const square = unrolled ? boundUnrolled(map, side) : boundByFrequencies(map);
  return { bound: roundedUp(Math.sqrt(square)), method: unrolled ? "cholesky" : "dft" };
}

/** A convolution with a single tap is that matrix at some pixels, and nothing at the others. */
function asMatrix(convolution: Convolution64): Convolution64 {
  const [first, ...others] = convolution.taps;
  if (first === undefined || others.length > 0) return convolution;
  const onePixel = { height: 1, width: 1, outHeight: 1, outWidth: 1, stride: 1 as const };
  return { ...convolution, ...onePixel, taps: [{ ...first, dy: 0, dx: 0 }] };
}
