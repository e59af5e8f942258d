import { bijectionTypes } from "@invertible/bijection";
import type { LayerType } from "@invertible/bijection";
import { continuousTypes } from "@invertible/continuous";
import { couplingTypes } from "@invertible/coupling";
import { layerTypes } from "@invertible/layers";
import { residualTypes } from "@invertible/residual";

/** The types of every layer in this project. With them `loadFlow` loads any model of this package. */
export const modelLayerTypes: readonly LayerType[] = [
  ...bijectionTypes,
  ...layerTypes,
  ...couplingTypes,
  ...residualTypes,
  ...continuousTypes,
];
