import type { Bijection } from "@invertible/bijection";
import { add, div, exp, fail, mul, neg, sigmoid, softplus, split, sub } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import { defineCoupling } from "./define-coupling.ts";
import type { CouplingOptions, Transform } from "./define-coupling.ts";
import { sumPerExample } from "./sum-per-example.ts";

export const affineScales = ["sigmoid", "exp"] as const;
export const affineOrders = ["shift-first", "scale-first"] as const;

export interface AffineCouplingOptions extends CouplingOptions {
  /**
   * "sigmoid" (default): sigmoid(s + 2), below 1 and 0.88 at the start, as Glow; large inputs cannot blow up, but its
   * inverse can where s is far below -2. "exp": exp(s), as Real NVP.
   */
  readonly scale?: (typeof affineScales)[number];
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
  const { scale = "sigmoid" } = options;
  if (!affineScales.includes(scale)) fail("affineCoupling.scale", `one of ${affineScales.join(", ")}`, scale);
  const { order = scale === "sigmoid" ? "shift-first" : "scale-first" } = options;
  if (!affineOrders.includes(order)) fail("affineCoupling.order", `one of ${affineOrders.join(", ")}`, order);
  return defineCoupling("affineCoupling", options, affineTransform(scale, order), { scale, order });
}

interface Scale {
  readonly value: Tensor;
  /** Sum of its logarithm by example, [B]. */
  readonly sumOfLogs: () => Tensor;
}

export const scales: Readonly<Record<(typeof affineScales)[number], (s: Tensor) => Scale>> = {
  sigmoid: (s) => ({ value: sigmoid(add(s, 2)), sumOfLogs: () => neg(sumPerExample(softplus(sub(-2, s)))) }),
  exp: (s) => ({ value: exp(s), sumOfLogs: () => sumPerExample(s) }),
};

function affineTransform(
  kind: (typeof affineScales)[number],
  order: (typeof affineOrders)[number],
): Transform {
  const shiftFirst = order === "shift-first";
  return {
    size: 2,
    forward(x, numbers) {
      const [shift, s] = split(numbers, 2, -1);
      const { value: scale, sumOfLogs } = scales[kind](s!);
      const y = shiftFirst ? mul(add(x, shift!), scale) : add(mul(x, scale), shift!);
      return { y, logDet: sumOfLogs };
    },
    inverse(y, numbers) {
      const [shift, s] = split(numbers, 2, -1);
      const { value: scale, sumOfLogs } = scales[kind](s!);
      const x = shiftFirst ? sub(div(y, scale), shift!) : div(sub(y, shift!), scale);
      return { x, logDet: () => neg(sumOfLogs()) };
    },
  };
}
