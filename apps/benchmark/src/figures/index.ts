import type { Figure } from "./figure.ts";
import { imageReconstructions } from "./image-reconstructions.ts";
import { imageSamples } from "./image-samples.ts";
import { inverseCurve } from "./inverse-curve.ts";
import { lossCurve } from "./loss-curve.ts";
import { planeDensities } from "./plane-densities.ts";

/** Every figure, in the order of the report: wide ones first, then those that stand side by side. */
export const figures: readonly Figure[] = [
  planeDensities,
  imageSamples,
  imageReconstructions,
  lossCurve,
  inverseCurve,
];
