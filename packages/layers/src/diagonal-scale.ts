import { defineBijection, knownBounds, readConfig } from "@invertible/bijection";
import type { Bijection, LayerType } from "@invertible/bijection";
import { NonFiniteError, checkOptions, checkShape } from "@invertible/errors";
import { exp, mul, neg, newVariable, perExample, sum, zeros } from "@invertible/ops";
import type { Shape } from "@invertible/ops";
import { expAbove } from "./exp-above.ts";

/**
 * NICE's scaling: y = x * exp(logScale), with a learned scale for each entry. log|det| = sum(logScale) nats. x, y: [B, ...inputShape].
 *
 * The layer is the identity at the start. Large scales mark the directions in which the data hardly vary, as small singular values do in a
 * principal component analysis. The certificate is max(exp(logScale)) for the forward map and max(exp(-logScale)) for the inverse, rounded up.
 *
 * @throws NonFiniteError from `certify` for parameters that are not finite.
 * @see Dinh, Krueger, Bengio (2015), arXiv 1410.8516, section 3.3
 */
export function diagonalScale(options: { readonly inputShape: Shape }): Bijection {
  checkOptions("diagonalScale", options, { inputShape: "required" });
  const { inputShape } = options;
  checkShape("diagonalScale.inputShape", inputShape);
  const logScale = newVariable(inputShape, () => zeros([...inputShape]));
  return defineBijection({
    name: "diagonalScale",
    inputShape,
    outputShape: inputShape,
    parameters: { logScale },
    config: { inputShape: [...inputShape] },
    forward: (x) => ({ y: mul(x, exp(logScale)), logDet: () => perExample(x, sum(logScale)) }),
    inverse: (y) => ({ x: mul(y, exp(neg(logScale))), logDet: () => perExample(y, neg(sum(logScale))) }),
    lipschitz: knownBounds(async () => {
      let [smallest, largest] = [Infinity, -Infinity];
      for (const value of await logScale.data()) {
        if (!Number.isFinite(value))
          throw new NonFiniteError(`diagonalScale.certify: expected finite parameters, received ${value}`);
        [smallest, largest] = [Math.min(smallest, value), Math.max(largest, value)];
      }
      return { forward: expAbove(largest), inverse: expAbove(-smallest) };
    }),
  });
}

/** Rebuilds a `diagonalScale` from its configuration. */
export const diagonalScaleType: LayerType = {
  layer: "diagonalScale",
  build: (config) => diagonalScale({ inputShape: readConfig("diagonalScale", config).shape("inputShape") }),
};
