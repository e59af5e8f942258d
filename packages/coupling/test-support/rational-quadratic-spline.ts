/** The spline in float64, by the paper's formulas as they stand; its inverse by bisection. */
export interface Spline64 {
  /** Of bins + 1 knots: x, y and derivative. */
  readonly knots: readonly (readonly [x: number, y: number, derivative: number])[];
  value(x: number): number;
  logSlope(x: number): number;
  inverse(y: number): number;
}

const least = 1e-3;

/** @param numbers widths, heights, derivatives: 3 bins - 1. */
export function spline64(bins: number, bound: number, numbers: readonly number[]): Spline64 {
  const [xs, ys] = [0, bins].map((from) => {
    const logits = numbers.slice(from, from + bins);
    const powers = logits.map((v) => Math.exp(v - Math.max(...logits)));
    const total = powers.reduce((a, b) => a + b);
    let reached = -bound;
    return [
      -bound,
      ...powers.map((p) => (reached += 2 * bound * (least + (1 - least * bins) * (p / total)))),
    ];
  }) as [number[], number[]];
  const derivatives = [1, ...numbers.slice(2 * bins).map((v) => least + softplus(v)), 1];
  const parts = (x: number) => {
    const k = Math.max(
      0,
      xs.slice(0, -1).findLastIndex((knot) => x >= knot),
    );
    const [width, height] = [xs[k + 1]! - xs[k]!, ys[k + 1]! - ys[k]!];
    const [d0, d1] = [derivatives[k]!, derivatives[k + 1]!];
    const [s, theta] = [height / width, (x - xs[k]!) / width];
    return { y: ys[k]!, height, d0, d1, s, theta, denominator: s + (d1 + d0 - 2 * s) * theta * (1 - theta) };
  };
  const value = (x: number) => {
    if (Math.abs(x) >= bound) return x;
    const { y, height, d0, s, theta, denominator } = parts(x);
    return y + (height * (s * theta ** 2 + d0 * theta * (1 - theta))) / denominator;
  };
  return {
    knots: xs.map((x, k) => [x, ys[k]!, derivatives[k]!] as const),
    value,
    logSlope(x) {
      if (Math.abs(x) >= bound) return 0;
      const { d0, d1, s, theta, denominator } = parts(x);
      const numerator = s ** 2 * (d1 * theta ** 2 + 2 * s * theta * (1 - theta) + d0 * (1 - theta) ** 2);
      return Math.log(numerator / denominator ** 2);
    },
    inverse(y) {
      if (Math.abs(y) >= bound) return y;
      let [low, high] = [-bound, bound];
      for (let halving = 0; halving < 80; halving++) {
        const middle = (low + high) / 2;
        if (value(middle) < y) low = middle;
        else high = middle;
      }
      return (low + high) / 2;
    },
  };
}

const softplus = (v: number) => Math.max(v, 0) + Math.log1p(Math.exp(-Math.abs(v)));
