import { chainType } from "../composites/chain.ts";
import { flattenType } from "../composites/flatten.ts";
import { invertType } from "../composites/invert.ts";
import { factorOutType } from "../composites/factor-out.ts";
import type { LayerType } from "./layer-type.ts";

/** The layer types of this package, for `rebuild` and for loading saved models. */
export const bijectionTypes: readonly LayerType[] = [
  chainType,
  invertType,
  factorOutType,
  // Files saved before `factorOut` got its present name.
  { ...factorOutType, layer: "split" },
  flattenType,
];
