import { times } from "../cholesky/band-matrix.ts";
import type { BandMatrix } from "../cholesky/band-matrix.ts";
import { dot } from "../dot.ts";
import { boundLargestEigenvalue } from "../cholesky/bound-largest-eigenvalue.ts";
import { polyphase } from "./polyphase.ts";
import { roundedUp } from "../rounding.ts";
import { symbolGram } from "./symbol-gram.ts";
import type { Angle, SymbolGram } from "./symbol-gram.ts";
import type { Convolution64, Tap } from "../convolution64.ts";

/** An axis of n frequencies, with the angles pi (2 m + twist) / n. */
interface Axis {
  readonly n: number;
  readonly twist: 0 | 1;
}

/** From this number of frequencies on, a twist would gain less than 1 %. */
const largeGrid = 24;

/**
 * Multiplications beyond which the grid is thinned out: one or two seconds, and half a minute more for 1.5e5 weights. A small file
 * that claims to see huge images costs little time, and a large layer is bounded as well as it can be.
 */
const patienceFor = ({ taps, inputs, outputs }: Convolution64) => 2e9 + 2e5 * taps.length * inputs * outputs;
/** What a frequency costs besides the multiplications of its factorisation. */
const overhead = 2e4;
/**
 * An axis is thinned out to this many frequencies for each pixel between its outermost taps. On two axes this adds 4 % to the
 * norm.
 */
const fewest = 8;

/**
 * Proves an upper bound of the squared 2-norm of a zero-padded convolution: the largest squared 2-norm of its symbol on a grid
 * of frequencies. Returns `floor` if that is an upper bound.
 *
 * Consider an axis of h pixels and taps that reach r pixels. Zero-pad the images to n = h + r pixels and let the convolution
 * wrap around, with a factor of -1 at the seam if the axis is twisted. Then no output pixel of the image sees an input pixel
 * across the seam, since that would need a distance of at least n - (h - 1) > r. So the operator is a compression of the
 * wrapped one, and its norm is at most that of the wrapped one. The wrapped operator is block diagonal in the basis e^(i w x),
 * w = pi (2 m + twist) / n.
 *
 * Every choice of twists gives a bound, and the least is taken: a symbol that peaks on one grid is smaller on the other. This
 * usually halves the excess of the plain grid.
 *
 * For large images this may take more than `patience` multiplications. Fewer frequencies are then used, which bound the symbol
 * at all others. |S(w) v|^2 is a nonnegative trigonometric polynomial whose degree D is the spread of the taps, on either axis.
 * If its maximum is M, it is at least M cos^2(D d / 2) at the distance d <= pi / D from the maximum. On n frequencies d is at
 * most pi / n.
 *
 * @see Sedghi et al. (2019), arXiv:1805.10408, theorem 6, for the periodic operator
 * @see Ehlich & Zeller (1964), Schwankung von Polynomen zwischen Gitterpunkten, Math. Z. 86, for the values between grid points
 */
export function boundByFrequencies(
  convolution: Convolution64,
  floor = 0,
  patience = patienceFor(convolution),
): number {
  const plain = polyphase(convolution);
  if (plain.taps.length === 0) return floor;
  const { rows, columns, between } = gridOf(plain, patience);
  const onGrid = boundOnGrid(plain, rows, columns, floor / between);
  return onGrid === floor / between ? floor : roundedUp(onGrid * between);
}

interface Grid {
  readonly rows: number;
  readonly columns: number;
  /** The factor by which the squared norm of the symbol may be larger between the frequencies, at most. */
  readonly between: number;
}

function gridOf({ height, width, taps, inputs, outputs }: Convolution64, patience: number): Grid {
  const offsets = { down: taps.map(({ dy }: Tap) => dy), right: taps.map(({ dx }: Tap) => dx) };
  const reach = (of: readonly number[]) => Math.max(...of.map(Math.abs));
  const [rows, columns] = [height + reach(offsets.down), width + reach(offsets.right)];
  // w and -w count once. A complex matrix is factorised as a real one of twice the size.
  const affordable = (2 * patience) / ((2 * Math.min(inputs, outputs)) ** 3 / 3 + overhead);
  if (rows * columns <= affordable) return { rows, columns, between: 1 };
  const thinned = (n: number, of: readonly number[]) => {
    const spread = Math.max(...of) - Math.min(...of);
    const few = Math.max(fewest * spread, Math.floor(Math.sqrt(affordable)), 1);
    return n <= few ? { n, factor: 1 } : { n: few, factor: Math.cos((Math.PI * spread) / (2 * few)) ** -2 };
  };
  const [down, right] = [thinned(rows, offsets.down), thinned(columns, offsets.right)];
  return { rows: down.n, columns: right.n, between: roundedUp(down.factor * right.factor, 64) };
}

/**
 * Bounds the largest squared 2-norm of the symbol, on the best of several grids of this size. Returns `floor` if that is a
 * bound.
 */
function boundOnGrid(plain: Convolution64, rows: number, columns: number, floor: number): number {
  const { inputs, outputs } = plain;
  const gram = symbolGram(plain, inputs <= outputs ? "inputs" : "outputs");
  const twists: readonly (0 | 1)[] = Math.min(rows, columns) < largeGrid ? [0, 1] : [0];
  const grids = twists.flatMap((down) =>
    twists.map((right) => {
      const [vertical, horizontal]: [Axis, Axis] = [
        { n: rows, twist: down },
        { n: columns, twist: right },
      ];
      return { vertical, horizontal, peak: findPeak(gram, vertical, horizontal) };
    }),
  );
  const { vertical, horizontal, peak } = grids.reduce((least, grid) =>
    grid.peak.value < least.peak.value ? grid : least,
  );
  const first = gram.row(peak.vertical)(peak.horizontal);
  const workspace = new Float64Array(first.data.length);
  let bound = boundLargestEigenvalue(first, gram.error, floor, workspace);
  for (const angle of halfOf(vertical)) {
    const row = gram.row(angle);
    for (const other of anglesOf(horizontal))
      bound = boundLargestEigenvalue(row(other), gram.error, bound, workspace);
  }
  return bound;
}

const anglesOf = ({ n, twist }: Axis): Angle[] =>
  Array.from({ length: n }, (_, m) => ({ a: 2 * m + twist, n }));

/**
 * Half of the angles of an axis. The others give nothing new, because w and -w, negated on both axes, have conjugate symbols.
 */
const halfOf = (axis: Axis) => anglesOf(axis).filter(({ a, n }) => a <= n);

interface Peak {
  readonly value: number;
  readonly vertical: Angle;
  readonly horizontal: Angle;
}

/** Estimates where on a grid the symbol is largest. */
function findPeak(gram: SymbolGram, vertical: Axis, horizontal: Axis): Peak {
  let peak: Peak = { value: -1, vertical: { a: 0, n: 1 }, horizontal: { a: 0, n: 1 } };
  let start: Float64Array | undefined;
  for (const angle of halfOf(vertical)) {
    const row = gram.row(angle);
    for (const other of anglesOf(horizontal)) {
      const { value, vector } = improve(row(other), start);
      start = vector;
      if (value > peak.value) peak = { value, vertical: angle, horizontal: other };
    }
  }
  return peak;
}

/** Makes a few power iterations, starting from the vector of the neighbouring frequency. */
function improve(g: BandMatrix, start: Float64Array | undefined): { value: number; vector: Float64Array } {
  let vector = start ?? Float64Array.from({ length: g.size }, (_, i) => Math.sin(i + 1));
  let value = 0;
  for (let i = 0; i < 5; i++) {
    const next = times(g, vector);
    value = Math.sqrt(dot(next, 0, next, 0, g.size) / dot(vector, 0, vector, 0, g.size));
    const scale = value > 0 ? 1 / value : 1;
    vector = value > 0 ? next.map((x) => x * scale) : vector;
  }
  return { value, vector };
}
