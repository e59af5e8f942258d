import type { Bijection } from "@invertible/bijection";
import { checkBetween, checkOptions, fail } from "@invertible/errors";
import { add, reshape, sizeOf, tensor, sumPerExample } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import { defineCoupling } from "./define-coupling.ts";
import type { CouplingOptions, Transform } from "./define-coupling.ts";
import { leastDerivative, leastShare, rationalQuadraticSpline } from "./rational-quadratic-spline.ts";
import type { SplineSettings } from "./rational-quadratic-spline.ts";

/** Options of `rationalQuadraticCoupling`. */
export interface RationalQuadraticCouplingOptions extends CouplingOptions {
  /** Number of pieces of each spline, 2 to 999. Default 8. */
  readonly bins?: number;
  /** Entries beyond +-bound stay as they are. Default 3, which suits data of unit variance. */
  readonly bound?: number;
}

/**
 * Rational-quadratic neural spline coupling. One part, x1, passes unchanged. Each entry of the other part, x2, goes through a
 * monotone spline of its own, whose shape network(x1) determines:
 *
 *     y2 = spline(x2; network(x1)),   y1 = x1,   log|det| = sum(ln spline') nats.
 *
 * x, y: [B, ...inputShape]. Both directions are exact, and take one evaluation of the network. The network gives 3 bins - 1
 * numbers for each entry of x2: widths, heights and derivatives. Unlike in the published code, ln(e^(1 - 1e-3) - 1) is added to
 * the derivatives, so that a network whose output is zero makes the identity.
 *
 * In float32, slopes between neighbouring knots range from 1e-3 to 1e3 and beyond. The steeper direction multiplies rounding
 * errors of about 1e-7 bound by this slope.
 *
 * @throws ArgumentError for fewer than two entries on the last axis, bins or a bound out of range, or a conditioner that does
 * not fit.
 * @see Durkan, Bekasov, Murray, Papamakarios (2019), arXiv 1906.04032, section 3
 *
 * @example
 * ```ts
 * const conditioner = denseConditioner({ hidden: [64, 64], random: createRandom(1) });
 * const layer = rationalQuadraticCoupling({ inputShape: [2], conditioner, bins: 8, bound: 4 });
 * ```
 */
export function rationalQuadraticCoupling(options: RationalQuadraticCouplingOptions): Bijection {
  checkOptions("rationalQuadraticCoupling", options, {
    bins: "optional",
    bound: "optional",
    inputShape: "required",
    conditioner: "required",
    passThrough: "optional",
    conditionFeatures: "optional",
  });
  const { bins = 8, bound = 3 } = options;
  const most = Math.ceil(1 / leastShare) - 1;
  if (!Number.isSafeInteger(bins) || bins < 2 || bins > most)
    fail("rationalQuadraticCoupling.bins", `an integer from 2 to ${most}`, bins);
  checkBetween("rationalQuadraticCoupling.bound", bound, 0, Infinity);
  const settings = { bins, bound };
  return defineCoupling("rationalQuadraticCoupling", options, splineTransform(settings), settings);
}

/** The number at which softplus is 1 - leastDerivative, so that the derivative at a knot is 1. */
const identityDerivative = Math.log(Math.expm1(1 - leastDerivative));

function splineTransform(settings: SplineSettings): Transform {
  const spline = rationalQuadraticSpline(settings);
  const { bins } = settings;
  const offset = Array.from({ length: spline.size }, (_, i) => (i < 2 * bins ? 0 : identityDerivative));
  const flat = (x: Tensor) => reshape(x, [sizeOf(x.shape)]);
  const rows = (x: Tensor, numbers: Tensor) =>
    add(reshape(numbers, [sizeOf(x.shape), spline.size]), tensor(offset));
  return {
    size: spline.size,
    forward(x, numbers) {
      const { y, logSlope } = spline.forward(flat(x), rows(x, numbers));
      return { y: reshape(y, x.shape), logDet: () => sumPerExample(reshape(logSlope(), x.shape)) };
    },
    inverse(y, numbers) {
      const { x, logSlope } = spline.inverse(flat(y), rows(y, numbers));
      return { x: reshape(x, y.shape), logDet: () => sumPerExample(reshape(logSlope(), y.shape)) };
    },
  };
}
