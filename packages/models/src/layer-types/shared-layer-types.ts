import { bijectionTypes } from "@invertible/bijection";
import type { LayerType } from "@invertible/bijection";
import { layerTypes } from "@invertible/layers";

/** What models of every family contain: composites, and layers such as act-norms and those of pixels. */
export const sharedLayerTypes: readonly LayerType[] = [...bijectionTypes, ...layerTypes];
