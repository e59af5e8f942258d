/** Exact arithmetic for tests of bounds, on integers and fixed-point numbers of any size. */

/** A positive number as a fraction with a power of two below it. */
export function rational(x: number): [numerator: bigint, denominator: bigint] {
  let [mantissa, shift] = [x, 0];
  while (!Number.isSafeInteger(mantissa)) {
    mantissa *= 2;
    shift++;
  }
  return [BigInt(mantissa), 1n << BigInt(shift)];
}

/**
 * Whether a symmetric integer matrix is positive semidefinite: elimination without fractions (Bareiss 1968), with
 * the largest diagonal entry as the pivot. Semidefinite means no negative pivot, and nothing left beside a pivot of zero.
 */
export function isNonnegativeDefinite(matrix: readonly (readonly bigint[])[]): boolean {
  const m = matrix.map((row) => [...row]);
  let before = 1n;
  for (const left = m.map((_, i) => i); left.length > 0;) {
    left.sort((a, b) => (m[a]![a]! > m[b]![b]! ? -1 : 1));
    if (m[left.at(-1)!]![left.at(-1)!]! < 0n) return false;
    const pivot = left.shift()!;
    const value = m[pivot]![pivot]!;
    if (value === 0n) return left.every((i) => left.every((j) => m[i]![j] === 0n && m[pivot]![j] === 0n));
    for (const i of left)
      for (const j of left) m[i]![j] = (m[i]![j]! * value - m[i]![pivot]! * m[pivot]![j]!) / before;
    before = value;
  }
  return true;
}

const bits = 140n;
const one = 1n << bits;

/** pi 2^140, rounded: 16 arctan(1/5) - 4 arctan(1/239) (Machin 1706). */
const pi = (() => {
  const arctan = (n: bigint) => {
    let [sum, term, k] = [0n, one / n, 1n];
    while (term !== 0n) {
      sum += k % 4n === 1n ? term / k : -term / k;
      term /= n * n;
      k += 2n;
    }
    return sum;
  };
  return 16n * arctan(5n) - 4n * arctan(239n);
})();

/** The distance of a float64 from cos(pi a / n), and of another from sin(pi a / n), |a| <= n. */
export function angleErrors(a: number, n: number, cos: number, sin: number): [number, number] {
  const angle = (pi * BigInt(a)) / BigInt(n);
  let [cosine, sine, term, k] = [0n, 0n, one, 0n];
  while (term !== 0n) {
    if (k % 2n === 0n) cosine += k % 4n === 0n ? term : -term;
    else sine += k % 4n === 1n ? term : -term;
    k += 1n;
    term = (term * angle) / one / k;
  }
  const distance = (x: number, exact: bigint) => {
    const scaled = (BigInt(x * 2 ** 200) << bits) >> 200n;
    return Math.abs(Number(scaled - exact)) / Number(one);
  };
  return [distance(cos, cosine), distance(sin, sine)];
}
