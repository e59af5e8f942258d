import {
  abs,
  add,
  addN,
  cast,
  clipByValue,
  clone,
  concat,
  div,
  exp,
  expandDims,
  fill,
  greaterEqual,
  less,
  log,
  logSumExp,
  matMul,
  mul,
  neg,
  ones,
  reshape,
  slice,
  softplus,
  sqrt,
  square,
  sub,
  sum,
  tensor,
  unstack,
  where,
  zerosLike,
} from "@invertible/ops";
import type { Tensor } from "@invertible/ops";

/** Least width and height of a bin, as a fraction of [-bound, bound]. It keeps the slope of a bin in [1e-3, 1e3]. */
export const leastShare = 1e-3;
/** Least derivative at a knot. */
export const leastDerivative = 1e-3;

/** The settings of a spline. */
export interface SplineSettings {
  /** Number of bins, at least 2 and below 1 / leastShare. */
  readonly bins: number;
  /** The spline maps [-bound, bound] to itself, and is the identity outside. */
  readonly bound: number;
}

/** Increasing maps of the real line, a different one for each entry of a vector [N]. */
export interface Spline {
  /** How many numbers determine one map: 3 bins - 1. */
  readonly size: number;
  /** Maps x [N] with numbers [N, size] to y [N]. logSlope [N] is ln dy/dx in nats. */
  forward(x: Tensor, numbers: Tensor): { y: Tensor; logSlope: () => Tensor };
  /** Maps y [N] with numbers [N, size] to x [N]. logSlope [N] is ln dx/dy in nats. */
  inverse(y: Tensor, numbers: Tensor): { x: Tensor; logSlope: () => Tensor };
}

/**
 * One bin for each entry, with tensors [N]: its lower corner, its size, the derivatives at its two knots, and its slope height
 * / width.
 */
interface Bin {
  readonly x: Tensor;
  readonly y: Tensor;
  readonly width: Tensor;
  readonly height: Tensor;
  readonly lower: Tensor;
  readonly upper: Tensor;
  readonly slope: Tensor;
}

/**
 * Monotone rational-quadratic splines with linear tails. The numbers of a spline with K bins are (u, v, w), with K, K and K - 1
 * entries. Widths and heights are 2 bound (1e-3 + (1 - 1e-3 K) softmax(.)) of u and v. Derivatives at the inner knots are 1e-3
 * + softplus(w), and 1 at the ends. With theta = (x - x_k) / width, slope s, derivatives d0 and d1 at the ends of the bin, and
 * t = theta (1 - theta):
 *
 *     y = y_k + height (s theta^2 + d0 t) / (s + (d0 + d1 - 2 s) t)
 *     dy/dx = s^2 (d1 theta^2 + 2 s t + d0 (1 - theta)^2) / (s + (d0 + d1 - 2 s) t)^2
 *
 * The map is once continuously differentiable in x; the gradient of the log-slope jumps at knots. Bins are found by
 * comparisons. Their values are read by sums in which a single term is not zero. Such sums are exact, and have gradients of any
 * order on every backend.
 *
 * To solve the paper's quadratic equation for theta, the discriminant is written as a sum of squares, and the root is chosen in
 * which terms are added. So rounding cannot make it negative, and no digits cancel.
 *
 * @see Durkan, Bekasov, Murray, Papamakarios (2019), arXiv 1906.04032, section 3.1 and appendix A
 */
export function rationalQuadraticSpline({ bins, bound }: SplineSettings): Spline {
  return {
    size: 3 * bins - 1,
    forward(x, numbers) {
      // The cpu backend of TensorFlow.js cannot slice a tensor that was concatenated from empty ones.
      if (x.size === 0) return { y: clone(x), logSlope: () => clone(x) };
      const { bin, inside, clipped } = locate(x, numbers, "x");
      const theta = div(sub(clipped, bin.x), bin.width);
      const rest = sub(1, theta);
      const t = mul(theta, rest);
      const risen = div(add(mul(bin.slope, square(theta)), mul(bin.lower, t)), denominator(bin, t));
      const y = where(inside, add(bin.y, mul(bin.height, risen)), x);
      return { y, logSlope: () => where(inside, logSlope(bin, theta), zerosLike(x)) };
    },
    inverse(y, numbers) {
      if (y.size === 0) return { x: clone(y), logSlope: () => clone(y) };
      const { bin, inside, clipped } = locate(y, numbers, "y");
      const theta = positionOf(div(sub(clipped, bin.y), bin.height), bin);
      const x = where(inside, add(bin.x, mul(bin.width, theta)), y);
      return { x, logSlope: () => where(inside, neg(logSlope(bin, theta)), zerosLike(y)) };
    },
  };

  /** Finds the bin that holds each entry of `values` on one axis. `inside` is strict, so that the ends are exact. */
  function locate(values: Tensor, numbers: Tensor, axis: "x" | "y") {
    // Values are clipped before and selected after. So what is computed for the tails is finite, and their gradients are finite
    // numbers times zero.
    const clipped = clipByValue(values, -bound, bound);
    const inside = less(abs(values), bound);
    const table = knots(numbers);
    return { bin: binOf(clipped, table, axis), inside, clipped };
  }

  /** Computes x, y and derivative of every knot, [N, 3 bins - 1] -> [N, 3, bins + 1]. */
  function knots(numbers: Tensor): Tensor {
    const rows = numbers.shape[0]!;
    const logits = reshape(slice(numbers, [0, 0], [rows, 2 * bins]), [2 * rows, bins]);
    const shares = add(mul(exp(sub(logits, logSumExp(logits, -1, true))), 1 - leastShare * bins), leastShare);
    const end = (value: number) => fill([2 * rows, 1], value);
    const corners = concat([end(-bound), matMul(shares, cumulation()), end(bound)], 1);
    const inner = slice(numbers, [0, 2 * bins], [rows, bins - 1]);
    const derivatives = concat([ones([rows, 1]), add(softplus(inner), leastDerivative), ones([rows, 1])], 1);
    return concat([reshape(corners, [rows, 2, bins + 1]), expandDims(derivatives, 1)], 1);
  }

  /**
   * The matrix [bins, bins - 1] that turns shares into inner knots: bound times the sum of the shares before a knot, minus
   * bound times the sum of those after it.
   */
  function cumulation(): Tensor {
    const entries = Array.from({ length: bins * (bins - 1) }, (_, i) => {
      const [bin, knot] = [Math.floor(i / (bins - 1)), i % (bins - 1)];
      return bin <= knot ? bound : -bound;
    });
    return tensor(entries, [bins, bins - 1]);
  }

  function binOf(values: Tensor, table: Tensor, axis: "x" | "y"): Bin {
    const rows = table.shape[0]!;
    const inner = reshape(slice(table, [0, axis === "x" ? 0 : 1, 1], [rows, 1, bins - 1]), [rows, bins - 1]);
    const reached = cast(greaterEqual(reshape(values, [rows, 1]), inner), "float32");
    const end = (value: number) => fill([rows, 1], value);
    const chosen = sub(concat([end(1), reached], 1), concat([reached, end(0)], 1));
    const read = (from: number) =>
      unstack(sum(mul(slice(table, [0, 0, from], [rows, 3, bins]), expandDims(chosen, 1)), 2), 1);
    const [x, y, lower] = read(0) as [Tensor, Tensor, Tensor];
    const [nextX, nextY, upper] = read(1) as [Tensor, Tensor, Tensor];
    // These are differences of the rounded knots, not the shares themselves, so that theta is in [0, 1] for everything between
    // two knots.
    const [width, height] = [sub(nextX, x), sub(nextY, y)];
    return { x, y, width, height, lower, upper, slope: div(height, width) };
  }
}

/** s + (d0 + d1 - 2 s) t, written as a sum of terms that are not negative, since t is at most 1/4. */
const denominator = ({ slope, lower, upper }: Bin, t: Tensor) =>
  add(mul(slope, sub(1, mul(t, 2))), mul(add(lower, upper), t));

function logSlope(bin: Bin, theta: Tensor): Tensor {
  const rest = sub(1, theta);
  const t = mul(theta, rest);
  const numerator = addN([
    mul(bin.upper, square(theta)),
    mul(mul(bin.slope, t), 2),
    mul(bin.lower, square(rest)),
  ]);
  return add(log(numerator), mul(log(div(bin.slope, denominator(bin, t))), 2));
}

/**
 * The theta at the relative height eta in [0, 1] of a bin. With p = d0 (1 - eta) - d1 eta the discriminant is p^2 + 4 s^2 eta
 * (1 - eta). With its root r,
 *
 *     theta = 2 s eta / (r + p + 2 s eta) = (r - p) / (r - p + 2 s (1 - eta)).
 *
 * The first form is used where p >= 0, and the second elsewhere.
 */
function positionOf(eta: Tensor, { slope, lower, upper }: Bin): Tensor {
  const rest = sub(1, eta);
  const p = sub(mul(lower, rest), mul(upper, eta));
  const root = sqrt(add(square(p), mul(square(mul(slope, 2)), mul(eta, rest))));
  const [below, above] = [mul(mul(slope, 2), eta), mul(mul(slope, 2), rest)];
  const difference = sub(root, p);
  return where(
    greaterEqual(p, 0),
    div(below, addN([root, p, below])),
    div(difference, add(difference, above)),
  );
}
