import type { LayerType } from "@invertible/bijection";
import { residualTypes } from "@invertible/residual";
import { sharedLayerTypes } from "./shared-layer-types.ts";

/** The types of the layers in `vectorIResNet`, `imageIResNet`, `imageIDenseNet`, `imageMonotoneFlow` and `imageImplicitFlow`. */
export const residualModelTypes: readonly LayerType[] = [...sharedLayerTypes, ...residualTypes];
