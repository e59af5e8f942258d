import type { LayerType } from "@invertible/bijection";
import { continuousTypes } from "@invertible/continuous";
import { couplingTypes } from "@invertible/coupling";
import { residualTypes } from "@invertible/residual";
import { residualUnitType } from "../classifiers/residual-unit.ts";
import { sharedLayerTypes } from "./shared-layer-types.ts";

/**
 * The types of every layer in this project. With them `loadFlow` and `loadClassifier` load any model of this package. A web page that loads models
 * of one family ships less with the list of this family alone.
 */
export const modelLayerTypes: readonly LayerType[] = [
  ...sharedLayerTypes,
  ...couplingTypes,
  ...residualTypes,
  ...continuousTypes,
  residualUnitType,
];
