import type { LayerType } from "@invertible/bijection";
import { couplingTypes } from "@invertible/coupling";
import { sharedLayerTypes } from "./shared-layer-types.ts";

/** The types of the layers in `vectorGlow`, `imageGlow`, `vectorRealNvp`, `imageRealNvp`, `imageSplineFlow`, `nice`, `vectorMaf` and `imageMaf`. */
export const couplingModelTypes: readonly LayerType[] = [...sharedLayerTypes, ...couplingTypes];
