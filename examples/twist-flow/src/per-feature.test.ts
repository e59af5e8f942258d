import { exactLogDet } from "@invertible/log-det";
import { createRandom } from "@invertible/ops";
import { denseBranch, residualBlock, residualTypes } from "@invertible/residual";
import { describeBijection } from "@invertible/testing";
import { perFeature, perFeatureType } from "./per-feature.ts";

const block = (key: string) =>
  residualBlock({
    branch: denseBranch({
      features: 1,
      hidden: [4],
      activation: "elu",
      coefficient: 0.8,
      preactivation: false,
      random: createRandom(1).fold(key),
    }),
    logDet: exactLogDet(),
  });

describeBijection("perFeature", () => perFeature([block("first"), block("second")]), {
  types: [perFeatureType, ...residualTypes],
});
