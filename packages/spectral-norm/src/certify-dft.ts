import { times } from "./certify-band-matrix.ts";
import type { BandMatrix } from "./certify-band-matrix.ts";
import { dot } from "./certify-dot.ts";
import { boundLargestEigenvalue } from "./certify-largest-eigenvalue.ts";
import { polyphase } from "./certify-polyphase.ts";
import { symbolGram } from "./certify-symbol.ts";
import type { Angle, SymbolGram } from "./certify-symbol.ts";
import type { Convolution64 } from "./certify-taps.ts";

/** The angles pi (2 m + twist) / n of an axis of n frequencies. */
interface Axis {
  readonly n: number;
  readonly twist: 0 | 1;
}

/** From so many frequencies on, a twist would gain less than 1 %. */
const largeGrid = 24;

/**
 * A proven upper bound of the squared 2-norm of a zero-padded convolution: the largest squared 2-norm of its symbol on a grid
 * of frequencies; or `floor`, where that is one.
 *
 * On an axis of h pixels and taps that reach r pixels, zero-pad the images to n = h + r pixels and let the convolution wrap around,
 * taking a factor -1 whenever it does if the axis is twisted. No output pixel of the image then sees an input pixel that way
 * (that would need a distance of at least n - (h - 1) > r), so the operator is a compression of the wrapped one, and its norm is
 * at most that one's; which is block diagonal in the basis e^(i w x), w = pi (2 m + twist) / n. Every choice of twists gives a bound.
 * The least is taken: a symbol that peaks on one grid is smaller on the other. Half the excess of the plain grid, as a rule.
 *
 * @see Sedghi et al. (2019), arXiv:1805.10408, theorem 6, for the periodic operator
 */
export function boundByFrequencies(convolution: Convolution64, floor = 0): number {
  const plain = polyphase(convolution);
  const { height, width, taps, inputs, outputs } = plain;
  if (taps.length === 0) return floor;
  const reach = (offset: (tap: (typeof taps)[number]) => number) =>
    Math.max(...taps.map((tap) => Math.abs(offset(tap))));
  const rows = height + reach((tap) => tap.dy);
  const columns = width + reach((tap) => tap.dx);
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

/** w and -w, both vertical and horizontal, have conjugate symbols. */
const halfOf = (axis: Axis) => anglesOf(axis).filter(({ a, n }) => a <= n);

interface Peak {
  readonly value: number;
  readonly vertical: Angle;
  readonly horizontal: Angle;
}

/** About where on a grid the symbol is largest. */
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

/** A few power iterations from the neighbour's vector. */
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
