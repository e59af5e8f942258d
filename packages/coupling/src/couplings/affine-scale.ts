import { checkBetween, fail } from "@invertible/errors";
import { div, exp, mul, neg, sigmoid, softplus, sub, tanh, add } from "@invertible/ops";
import type { JsonObject } from "@invertible/errors";
import type { Tensor } from "@invertible/ops";
import { sumPerExample } from "./sum-per-example.ts";

export const affineScales = ["sigmoid", "exp"] as const;

/** How a network's output s becomes a scale. */
export interface AffineScaleOptions {
  /**
   * "sigmoid" (default): sigmoid(s + 2), below 1 and 0.88 at the start, as Glow; large inputs cannot blow up, but its
   * inverse can where s is far below -2. "exp": exp(B tanh(s/B)) with B = `logScaleBound`.
   */
  readonly scale?: (typeof affineScales)[number];
  /**
   * B > 0, the largest |ln scale|, for "exp" only. Default 3: s = 1 becomes 0.96, and the scale stays between 1/20 and 20. Infinity:
   * exp(s) as published; outside the data s grows with the input, and densities overflow to NaN.
   */
  readonly logScaleBound?: number;
}

/** A scale and the sum of its logarithm by example, [B]. */
export interface Scale {
  readonly value: Tensor;
  readonly sumOfLogs: () => Tensor;
}

export interface AffineScale {
  of(s: Tensor): Scale;
  readonly config: JsonObject;
}

/** @throws ArgumentError for an unknown scale, a bound that is not positive, or a bound where there is nothing to bound. */
export function affineScale(where: string, options: AffineScaleOptions): AffineScale {
  const { scale = "sigmoid", logScaleBound } = options;
  if (!affineScales.includes(scale)) fail(`${where}.scale`, `one of ${affineScales.join(", ")}`, scale);
  if (scale === "sigmoid") {
    if (logScaleBound !== undefined)
      fail(`${where}.logScaleBound`, `none, because only the scale "exp" has one`, logScaleBound);
    return {
      config: { scale },
      of: (s) => ({
        value: sigmoid(add(s, 2)),
        sumOfLogs: () => neg(sumPerExample(softplus(sub(-2, s)))),
      }),
    };
  }
  const bound = logScaleBound ?? 3;
  if (bound !== Infinity) checkBetween(`${where}.logScaleBound`, bound, 0, Infinity);
  return {
    // JSON has no Infinity.
    config: { scale, logScaleBound: bound === Infinity ? null : bound },
    of(s) {
      const logScale = bound === Infinity ? s : mul(tanh(div(s, bound)), bound);
      return { value: exp(logScale), sumOfLogs: () => sumPerExample(logScale) };
    },
  };
}

/** The options in a layer's configuration. Files from before the bound existed have none. */
export function readAffineScale(
  config: JsonObject,
  read: {
    choice(key: string, choices: typeof affineScales): (typeof affineScales)[number];
    number(key: string): number;
  },
): AffineScaleOptions {
  const scale = read.choice("scale", affineScales);
  if (scale === "sigmoid") return { scale };
  return {
    scale,
    logScaleBound: (config["logScaleBound"] ?? null) === null ? Infinity : read.number("logScaleBound"),
  };
}
