import type { Bijection } from "@invertible/bijection";
import { fail } from "@invertible/errors";
import { add, div, mul, neg, split, sub } from "@invertible/ops";
import { affineScale } from "./affine-scale.ts";
import type { AffineScale, AffineScaleOptions } from "./affine-scale.ts";
import { defineCoupling } from "./define-coupling.ts";
import type { CouplingOptions, Transform } from "./define-coupling.ts";

export const affineOrders = ["shift-first", "scale-first"] as const;

export interface AffineCouplingOptions extends CouplingOptions, AffineScaleOptions {
  /** Default: "shift-first" for "sigmoid", as Glow; "scale-first" for "exp", as Real NVP. */
  readonly order?: (typeof affineOrders)[number];
}

/**
 * Affine coupling. Of the halves x1 (passes) and x2, with (t, s) = network(x1), t the first half of its output:
 *
 *     shift-first: y2 = (x2 + t) * scale(s),   scale-first: y2 = x2 * scale(s) + t,   log|det| = sum(ln scale(s)) nats.
 *
 * x, y: [B, ...inputShape]. Exact both ways, at one evaluation of the network. Glow's published code interleaves t and s
 * channel by channel; here they are the output's two halves, which is the same layer with its last kernel reordered.
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
