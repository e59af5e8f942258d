import { connected } from "../convolution64.ts";
import type { Convolution64, Side } from "../convolution64.ts";
import { gamma, unitRoundoff } from "../rounding.ts";

/**
 * The relative error that the bounds allow for Math.pow, whose accuracy the language leaves open. Engines are right to about
 * 2^-52, and allowing 2^-40 costs nothing.
 */
export const powerError = 2 ** -40;

/** Largest power that is computed, since larger ones could overflow. The l_q norm falls with q, so this still gives a bound. */
const largestPower = 512;

/** The taps through which a pixel of one side is connected, and how many pixels share them. Most pixels are alike. */
interface Pattern {
  readonly taps: readonly number[];
  readonly count: number;
}

/**
 * Norms of a convolution's matrix that are sums over its columns ("inputs": the weights of one input pixel and channel) or over
 * its rows ("outputs"). Every result is an upper bound of the exact one, up to rounding the same.
 */
export interface ClosedForms {
  /**
   * The largest l_q norm of a column, which is |A| from l_1 to l_q. For rows it is |A| from l_q' to l_infinity, with 1/q + 1/q'
   * = 1.
   */
  largest(side: Side, q: number): number;
  /**
   * The l_q norm of the vector of l_1 norms of all rows, which is an upper bound of |A| from l_infinity to l_q. For columns it
   * is one of |A| from l_q' to l_1. Both are the norm itself if no weight is negative.
   */
  ofSums(side: Side, q: number): number;
}

/** Prepares the closed forms of a convolution. */
export function closedForms(convolution: Convolution64): ClosedForms {
  const patterns = { inputs: patternsOf(convolution, "inputs"), outputs: patternsOf(convolution, "outputs") };
  const sums = (side: Side, power: number) => sumsByPattern(convolution, side, patterns[side], power);
  const roundings = convolution.taps.length * Math.max(convolution.inputs, convolution.outputs) + 8;
  const { height, width, outHeight, outWidth, inputs, outputs } = convolution;
  const sizeOf = (side: Side) =>
    side === "inputs" ? height * width * inputs : outHeight * outWidth * outputs;
  const otherSize = (side: Side) => sizeOf(side === "inputs" ? "outputs" : "inputs");
  const largest = (side: Side, q: number): number => {
    const power = Math.min(q, largestPower);
    const all = sums(side, power).map((entries) => maximum(entries.values));
    const norm = root(Math.max(0, ...all), power) * margin(power, roundings);
    if (power === q) return norm;
    const weight = Math.max(...convolution.taps.map(({ block }) => maximum(block.map(Math.abs))), 0);
    return Math.min(
      norm,
      q === Infinity ? weight : weight * otherSize(side) ** (1 / q) * (1 + 2 * powerError),
    );
  };
  return {
    largest,
    ofSums(side, q) {
      const magnitudes = sums(side, 1);
      const most = Math.max(0, ...magnitudes.map(({ values }) => maximum(values)));
      if (q === Infinity || most === 0) return most * margin(1, roundings);
      const power = Math.min(q, largestPower);
      let total = 0;
      for (const { values, count } of magnitudes)
        for (const value of values) total += count * (value / most) ** power;
      return most * root(total, power) * margin(power, roundings + sizeOf(side));
    },
  };
}

/**
 * How much a root of a sum of powers must be raised to cover rounding. Taking powers of numbers with `roundings` roundings
 * multiplies these, and the root divides them again. Two powers are taken: that of the entries, whose error the root divides by
 * `power` >= 1, and the root itself.
 */
function margin(power: number, roundings: number): number {
  const exact = power === 1 || power === 2;
  return (1 + 2 * gamma(roundings) + 8 * unitRoundoff) * (exact ? 1 : 1 + 3 * powerError);
}

function root(sum: number, power: number): number {
  return power === 1 ? sum : power === 2 ? Math.sqrt(sum) : sum ** (1 / power);
}

function patternsOf(convolution: Convolution64, side: Side): Pattern[] {
  const { height, width, outHeight, outWidth } = convolution;
  const [pixels, other]: [number, Side] =
    side === "inputs" ? [height * width, "outputs"] : [outHeight * outWidth, "inputs"];
  const patterns = new Map<string, Pattern>();
  for (let pixel = 0; pixel < pixels; pixel++) {
    const taps = connected(convolution, other, pixel).map(({ tap }) => tap);
    const key = taps.join(" ");
    patterns.set(key, { taps, count: (patterns.get(key)?.count ?? 0) + 1 });
  }
  return [...patterns.values()];
}

/** The sum of |weight|^power over every column (or row) of a pixel, for each channel. */
function sumsByPattern(
  { inputs, outputs, taps }: Convolution64,
  side: Side,
  patterns: readonly Pattern[],
  power: number,
): { values: Float64Array; count: number }[] {
  const channels = side === "inputs" ? inputs : outputs;
  const ofTaps = taps.map(({ block }) => {
    const values = new Float64Array(channels);
    block.forEach((weight, k) => {
      const magnitude = Math.abs(weight);
      values[side === "inputs" ? Math.floor(k / outputs) : k % outputs]! +=
        power === 1 ? magnitude : power === 2 ? magnitude * magnitude : magnitude ** power;
    });
    return values;
  });
  return patterns.map((pattern) => {
    const values = new Float64Array(channels);
    for (const tap of pattern.taps) ofTaps[tap]!.forEach((value, channel) => (values[channel]! += value));
    return { values, count: pattern.count };
  });
}

const maximum = (values: Float64Array) => values.reduce((most, value) => Math.max(most, value), 0);
