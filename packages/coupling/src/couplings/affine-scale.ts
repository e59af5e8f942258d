import { checkBetween, fail } from "@invertible/errors";
import { div, exp, mul, neg, sigmoid, softplus, sub, tanh, add, sumPerExample } from "@invertible/ops";
import type { JsonObject } from "@invertible/errors";
import type { Tensor } from "@invertible/ops";

/** How a network's output becomes a scale; see `AffineScaleOptions.scale`. */
export const affineScales = ["sigmoid", "exp"] as const;

/** How the output s of a network becomes a scale. */
export interface AffineScaleOptions {
  /**
   * "sigmoid" (default) is sigmoid(s + 2), as in Glow. It is below 1, and 0.88 at the start. Large inputs cannot blow up in the
   * forward direction, but can in the inverse where s is far below -2. "exp" is exp(B tanh(s/B)) with B = `logScaleBound`.
   */
  readonly scale?: (typeof affineScales)[number];
  /**
   * The largest |ln scale|, B > 0, for "exp" only. Default 3: s = 1 then becomes 0.96, and the scale stays between 1/20 and 20.
   * Infinity gives exp(s) as published. Outside the data s then grows with the input, and densities overflow to NaN.
   */
  readonly logScaleBound?: number;
}

/** A scale, and the sum of its logarithm for each example, [B]. */
export interface Scale {
  readonly value: Tensor;
  readonly sumOfLogs: () => Tensor;
}

/** Turns the output of a network into scales. */
export interface AffineScale {
  /** The scale of s. */
  of(s: Tensor): Scale;
  /** The JSON from which the options are read again. */
  readonly config: JsonObject;
}

/**
 * Checks the options of a scale.
 *
 * @throws ArgumentError for an unknown scale, a bound that is not positive, or a bound where the scale has none.
 */
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

/**
 * Reads the options of a scale from a layer's configuration. Older files have no bound, because the option did not exist yet.
 */
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
