import { checkOptions, checkShape } from "@invertible/errors";
import { reshape, sizeOf, zeros } from "@invertible/ops";
import type { Shape } from "@invertible/ops";
import type { Bijection } from "../bijection.ts";
import { defineBijection } from "../define-bijection.ts";
import { knownBounds } from "../lipschitz-control.ts";
import { readConfig } from "../saving/read-config.ts";
import type { LayerType } from "../saving/layer-type.ts";

/** Reshapes each example to one row, with the last axis varying fastest. x [B, ...inputShape], y [B, D], log|det| = 0. */
export function flatten(options: { readonly inputShape: Shape }): Bijection {
  checkOptions("flatten", options, { inputShape: "required" });
  const { inputShape } = options;
  checkShape("flatten.inputShape", inputShape);
  const dimension = sizeOf(inputShape);
  return defineBijection({
    name: "flatten",
    inputShape,
    outputShape: [dimension],
    config: { inputShape: [...inputShape] },
    forward: (x) => ({ y: reshape(x, [x.shape[0]!, dimension]), logDet: () => zeros([x.shape[0]!]) }),
    inverse: (y) => ({ x: reshape(y, [y.shape[0]!, ...inputShape]), logDet: () => zeros([y.shape[0]!]) }),
    lipschitz: knownBounds(() => ({ forward: 1, inverse: 1 })),
  });
}

/** Rebuilds a `flatten` from its configuration. */
export const flattenType: LayerType = {
  layer: "flatten",
  build: (config) => flatten({ inputShape: readConfig("flatten", config).shape("inputShape") }),
};
