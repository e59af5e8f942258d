import type { LayerType } from "@invertible/bijection";
import { actNormType } from "./act-norm.ts";
import { affineType } from "./affine.ts";
import { batchNormType } from "./batch-norm.ts";
import { diagonalScaleType } from "./diagonal-scale.ts";
import { injectivePaddingType } from "./injective-padding.ts";
import { invertibleConv1x1Type } from "./invertible-conv-1x1.ts";
import { logitType } from "./logit.ts";
import { permutationType } from "./permutation.ts";
import { squeezeType } from "./squeeze.ts";
import { uniformDequantisationType } from "./uniform-dequantisation.ts";

/** The layer types of this package, for `rebuild` and for loading saved models. */
export const layerTypes: readonly LayerType[] = [
  actNormType,
  affineType,
  batchNormType,
  diagonalScaleType,
  injectivePaddingType,
  invertibleConv1x1Type,
  logitType,
  permutationType,
  squeezeType,
  uniformDequantisationType,
];
