import { bandMatrix, rowOffset } from "../cholesky/band-matrix.ts";
import type { BandMatrix } from "../cholesky/band-matrix.ts";
import { gamma } from "../rounding.ts";
import { channelsOf, energy, lengthOf, tapProducts } from "../tap-products.ts";
import type { Convolution64, Side } from "../convolution64.ts";

/** A complex matrix [c, c], row by row. */
interface ComplexBlock {
  readonly re: Float64Array;
  readonly im: Float64Array;
}

interface Workspace {
  readonly upper: ComplexBlock;
  readonly matrix: BandMatrix;
}

/** The angle pi a / n. */
export interface Angle {
  /** How many steps of pi / n. */
  readonly a: number;
  /** The number of steps in pi. */
  readonly n: number;
}

/** The Gram matrix S*S (or S S*) of a convolution's symbol S(w) = sum over taps of B e^(i w tap), as a function of w. */
export interface SymbolGram {
  /** How far the computed G(w) may be from the exact one in the 2-norm, at every w. */
  readonly error: number;
  /** Fixes the vertical angle. The result computes G for a horizontal angle, in a matrix that the next call overwrites. */
  row(vertical: Angle): (horizontal: Angle) => BandMatrix;
}

/**
 * Prepares the Gram matrix G(w) = sum over lags d of R_d e^(i w d), with the autocorrelation R_d = sum over taps s - t = d of
 * B_s B_t'. It is represented by the real symmetric matrix [[X, -Y], [Y, X]] for G = X + i Y, which has the same eigenvalues.
 *
 * Every entry of G is a sum of at most K = length x taps^2 products of two weights and two factors cos or sin. These factors
 * have an absolute error of at most 2^-49. Angles are reduced to [-pi, pi] exactly, so that rounding them accounts for 2^-50.
 * The rest is for Math.cos and Math.sin, which are right to a unit in the last place in every engine that we know of. So an
 * entry of X or of Y has an error of at most (gamma + 2^-46) (sum_s |B_s| sum_t |B_t|')_ij. The 2-norm of that matrix is at
 * most |sum_s |B_s||_F^2 <= taps x sum_s |B_s|_F^2.
 */
export function symbolGram(convolution: Convolution64, side: Side): SymbolGram {
  const { taps } = convolution;
  const channels = channelsOf(convolution, side);
  const lags = autocorrelation(convolution, side);
  const roundings = lengthOf(convolution, side) + taps.length ** 2 + 16;
  const workspace: Workspace = {
    upper: zeroBlock(channels),
    matrix: channels === 1 ? bandMatrix(1, 0) : bandMatrix(2 * channels, 2 * channels - 1),
  };
  const error = 2 * (gamma(roundings) + 2 ** -46) * taps.length * energy(convolution) * (1 + 2 ** -20);
  return {
    error,
    row(vertical) {
      const columns = lags.map((column) => {
        const block = zeroBlock(channels);
        for (const [lag, product] of column)
          addTurned(block, { re: product, im: undefined }, turn(vertical, lag));
        return block;
      });
      return (horizontal) => embed(channels, columns, horizontal, workspace);
    },
  };
}

/** Computes R_d for horizontal lags >= 0, sorted by horizontal lag and then by vertical lag. */
function autocorrelation(convolution: Convolution64, side: Side): Map<number, Float64Array>[] {
  const { taps } = convolution;
  const channels = channelsOf(convolution, side);
  const width = Math.max(...taps.map(({ dx }) => dx)) - Math.min(...taps.map(({ dx }) => dx)) + 1;
  const lags = Array.from({ length: width }, () => new Map<number, Float64Array>());
  const entry = (dy: number, dx: number) => {
    const found = lags[dx]!.get(dy) ?? new Float64Array(channels * channels);
    lags[dx]!.set(dy, found);
    return found;
  };
  const { data, stride } = tapProducts(convolution, side);
  taps.forEach((down, s) =>
    taps.forEach((right, t) => {
      if (down.dx < right.dx) return;
      const sum = entry(down.dy - right.dy, down.dx - right.dx);
      for (let i = 0; i < channels; i++) {
        const start = (s * channels + i) * stride + t * channels;
        for (let j = 0; j < channels; j++) sum[i * channels + j]! += data[start + j]!;
      }
    }),
  );
  return lags;
}

/** Computes G = Q_0 + sum_(d > 0) (Q_d e^(i w d) + its adjoint), where Q_0 is Hermitian. */
function embed(
  channels: number,
  columns: readonly ComplexBlock[],
  horizontal: Angle,
  { upper, matrix }: Workspace,
): BandMatrix {
  upper.re.fill(0);
  upper.im.fill(0);
  columns.forEach((column, lag) => {
    if (lag > 0) addTurned(upper, column, turn(horizontal, lag));
  });
  const { re, im } = columns[0]!;
  const real = (i: number, j: number) =>
    re[i * channels + j]! + (upper.re[i * channels + j]! + upper.re[j * channels + i]!);
  const imaginary = (i: number, j: number) =>
    im[i * channels + j]! + (upper.im[i * channels + j]! - upper.im[j * channels + i]!);
  const { data } = matrix;
  const start = (row: number) => rowOffset(matrix.band, row);
  if (channels === 1) data[start(0)] = real(0, 0);
  for (let i = 0; i < channels && channels > 1; i++) {
    const [top, bottom] = [start(i), start(channels + i)];
    for (let j = 0; j <= i; j++) {
      const x = real(i, j);
      data[top + j] = x;
      data[bottom + channels + j] = x;
    }
    for (let j = 0; j < i; j++) {
      const y = imaginary(i, j);
      data[bottom + j] = y;
      data[start(channels + j) + i] = -y;
    }
  }
  return matrix;
}

/** Computes e^(i lag angle). The angle is reduced exactly. */
export function turn({ a, n }: Angle, lag: number): { cos: number; sin: number } {
  const turns = ((((lag * a) % (2 * n)) + 3 * n) % (2 * n)) - n;
  const angle = (Math.PI * turns) / n;
  return { cos: Math.cos(angle), sin: Math.sin(angle) };
}

function addTurned(
  sum: ComplexBlock,
  { re, im }: { readonly re: Float64Array; readonly im: Float64Array | undefined },
  { cos, sin }: { cos: number; sin: number },
): void {
  for (let k = 0; k < re.length; k++) {
    const [x, y] = [re[k]!, im === undefined ? 0 : im[k]!];
    sum.re[k]! += x * cos - y * sin;
    sum.im[k]! += x * sin + y * cos;
  }
}

const zeroBlock = (channels: number): ComplexBlock => ({
  re: new Float64Array(channels * channels),
  im: new Float64Array(channels * channels),
});
