import type { Bijection } from "@invertible/bijection";
import { checkOptions, fail } from "@invertible/errors";
import { add, div, mul, neg, split, sub } from "@invertible/ops";
import { affineScale } from "./affine-scale.ts";
import type { AffineScale, AffineScaleOptions } from "./affine-scale.ts";
import { defineCoupling } from "./define-coupling.ts";
import type { CouplingOptions, Transform } from "./define-coupling.ts";

/** Whether an affine coupling adds its shift before or after it multiplies by its scale. */
export const affineOrders = ["shift-first", "scale-first"] as const;

/** Options of `affineCoupling`. */
export interface AffineCouplingOptions extends CouplingOptions, AffineScaleOptions {
  /**
   * Whether the shift is added before or after scaling. Default: "shift-first" for the scale "sigmoid", as in Glow, and
   * "scale-first" for "exp", as in Real NVP.
   */
  readonly order?: (typeof affineOrders)[number];
}

/**
 * Affine coupling: one part of the entries, x1, passes unchanged and decides how the other part, x2, is shifted and scaled. With
 * (t, s) = network(x1), where t is the first half of the network's output:
 *
 *     shift-first: y2 = (x2 + t) * scale(s),   scale-first: y2 = x2 * scale(s) + t,   log|det| = sum(ln scale(s)) nats.
 *
 * x, y: [B, ...inputShape]. Both directions are exact, and take one evaluation of the network. Glow's published code
 * interleaves t and s channel by channel. Here they are the two halves of the output, which is the same layer with its last
 * kernel reordered.
 *
 * With the default bound of "exp", densities of stacked layers are finite out to 1e4 standard deviations of the data.
 *
 * @throws ArgumentError for fewer than two entries on the last axis, unknown choices, or a conditioner that does not fit.
 * @see Dinh, Sohl-Dickstein, Bengio (2017), arXiv 1605.08803, section 3.2; Kingma, Dhariwal (2018), arXiv 1807.03039
 *
 * @example
 * ```ts
 * const conditioner = denseConditioner({ hidden: [64, 64], random: createRandom(1) });
 * const layer = affineCoupling({ inputShape: [2], conditioner });
 * ```
 */
export function affineCoupling(options: AffineCouplingOptions): Bijection {
  checkOptions("affineCoupling", options, {
    order: "optional",
    inputShape: "required",
    conditioner: "required",
    passThrough: "optional",
    conditionFeatures: "optional",
    scale: "optional",
    logScaleBound: "optional",
  });
  const { scale: kind = "sigmoid" } = options;
  const scale = affineScale("affineCoupling", options);
  const { order = kind === "sigmoid" ? "shift-first" : "scale-first" } = options;
  if (!affineOrders.includes(order)) fail("affineCoupling.order", `one of ${affineOrders.join(", ")}`, order);
  return defineCoupling("affineCoupling", options, affineTransform(scale, order), { ...scale.config, order });
}

function affineTransform(scale: AffineScale, order: (typeof affineOrders)[number]): Transform {
  const shiftFirst = order === "shift-first";
  return {
    size: 2,
    forward(x, numbers) {
      const [shift, s] = split(numbers, 2, -1);
      const { value, sumOfLogs } = scale.of(s!);
      const y = shiftFirst ? mul(add(x, shift!), value) : add(mul(x, value), shift!);
      return { y, logDet: sumOfLogs };
    },
    inverse(y, numbers) {
      const [shift, s] = split(numbers, 2, -1);
      const { value, sumOfLogs } = scale.of(s!);
      const x = shiftFirst ? sub(div(y, value), shift!) : div(sub(y, shift!), value);
      return { x, logDet: () => neg(sumOfLogs()) };
    },
  };
}
