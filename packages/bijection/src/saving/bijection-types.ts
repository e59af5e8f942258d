import { chainType } from "../composites/chain.ts";
import { flattenType } from "../composites/flatten.ts";
import { invertType } from "../composites/invert.ts";
import { splitType } from "../composites/split.ts";
import type { LayerType } from "./layer-type.ts";

/** The layer types of this package, for `rebuild` and for loading saved models. */
export const bijectionTypes: readonly LayerType[] = [chainType, invertType, splitType, flattenType];
