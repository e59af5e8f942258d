import { bijectionTypes } from "@invertible/bijection";
import type { LayerType } from "@invertible/bijection";
import { couplingTypes } from "@invertible/coupling";
import { layerTypes } from "@invertible/layers";
import { residualTypes } from "@invertible/residual";

/** Every layer type of this project, for `loadFlow` of any model here. */
export const modelLayerTypes: readonly LayerType[] = [
  ...bijectionTypes,
  ...layerTypes,
  ...couplingTypes,
  ...residualTypes,
];
