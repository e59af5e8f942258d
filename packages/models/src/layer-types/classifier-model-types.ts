import type { LayerType } from "@invertible/bijection";
import { residualTypes } from "@invertible/residual";
import { residualUnitType } from "../classifiers/residual-unit.ts";
import { sharedLayerTypes } from "./shared-layer-types.ts";

/** The types of the layers in `iResNetClassifier` and `resNet`. For `glowClassifier` there are `couplingModelTypes`. */
export const classifierModelTypes: readonly LayerType[] = [
  ...sharedLayerTypes,
  ...residualTypes,
  residualUnitType,
];
