import type { LayerType } from "@invertible/bijection";
import { continuousTypes } from "@invertible/continuous";
import { sharedLayerTypes } from "./shared-layer-types.ts";

/** The types of the layers in `vectorFfjord` and `imageFfjord`. */
export const continuousModelTypes: readonly LayerType[] = [...sharedLayerTypes, ...continuousTypes];
