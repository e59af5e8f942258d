import { boundByFrequencies } from "./frequencies/bound-by-frequencies.ts";
import { roundedUp, unitRoundoff } from "./rounding.ts";
import { energy } from "./tap-products.ts";
import type { Convolution64, Side, Tap } from "./convolution64.ts";
import { boundUnrolled, unrolledCost } from "./cholesky/bound-unrolled.ts";
import type { Part } from "./direct-sum.ts";

/** Largest number of multiplications, about 0.2 s, for which the operator itself is always factorised. */
const quick = 4e8;
/**
 * Largest number, some seconds, for which it is factorised if the bound by frequencies is expected to exceed the norm by more
 * than `poor`.
 */
const patient = 4e9;
const poor = 0.05;

/** A proven bound of the 2-norm, and the proof. */
export interface EuclideanBound {
  /** The bound. */
  readonly bound: number;
  /** How it was proven; see `certifyOperator`. */
  readonly method: "cholesky" | "dft";
}

/**
 * Proves an upper bound of the 2-norm of a direct sum, which is the largest norm of its parts. Of parts that are not the
 * largest, it only proves this fact, by one factorisation each.
 */
export function boundLargestEuclidean(parts: readonly Part[]): EuclideanBound {
  const weight = ({ scale, convolution }: Part) => scale * Math.sqrt(energy(convolution));
  let largest: EuclideanBound = { bound: 0, method: "cholesky" };
  for (const { scale, convolution } of [...parts].sort((a, b) => weight(b) - weight(a))) {
    const { bound, method } = boundEuclidean(convolution, largest.bound / scale);
    if (bound * scale > largest.bound) largest = { bound: bound * scale, method };
  }
  return largest;
}

/**
 * Proves an upper bound of the 2-norm. It uses the operator itself where that is quick, and frequencies elsewhere. Returns
 * `floor` if that is an upper bound.
 */
export function boundEuclidean(convolution: Convolution64, floor = 0): EuclideanBound {
  const map = upright(asMatrix(convolution));
  const costs = { inputs: unrolledCost(map, "inputs"), outputs: unrolledCost(map, "outputs") };
  const side: Side = costs.inputs <= costs.outputs ? "inputs" : "outputs";
  const affordable = expectedExcess(map) > poor ? patient : quick;
  const method = map.taps.length <= 1 || costs[side] <= affordable ? "cholesky" : "dft";
  const least = floor ** 2 * (1 - 4 * unitRoundoff);
  const square = method === "cholesky" ? boundUnrolled(map, side, least) : boundByFrequencies(map, least);
  return { bound: square === least ? floor : roundedUp(Math.sqrt(square)), method };
}

/**
 * The fraction by which the bound by frequencies is expected to exceed the norm. It was measured for random kernels of 3 x 3 to
 * 7 x 7 on images of 4 x 4 to 12 x 12.
 */
function expectedExcess({ height, width, taps }: Convolution64): number {
  const reach = (offset: (tap: Tap) => number) => Math.max(...taps.map((tap) => Math.abs(offset(tap))));
  return 0.75 * ((reach((tap) => tap.dy) / height) ** 2 + (reach((tap) => tap.dx) / width) ** 2);
}

/** Transposes images that are wider than high. Pixels are numbered row by row, so that short rows make a narrow band. */
function upright(convolution: Convolution64): Convolution64 {
  const { height, width, outHeight, outWidth, taps } = convolution;
  if (width <= height) return convolution;
  const turned = taps.map(({ dy, dx, block }) => ({ dy: dx, dx: dy, block }));
  return {
    ...convolution,
    height: width,
    width: height,
    outHeight: outWidth,
    outWidth: outHeight,
    taps: turned,
  };
}

/** Simplifies a convolution with a single tap, which is that matrix at some pixels and zero at the others. */
function asMatrix(convolution: Convolution64): Convolution64 {
  const [first, ...others] = convolution.taps;
  if (first === undefined || others.length > 0) return convolution;
  const onePixel = { height: 1, width: 1, outHeight: 1, outWidth: 1, stride: 1 as const };
  return { ...convolution, ...onePixel, taps: [{ ...first, dy: 0, dx: 0 }] };
}
