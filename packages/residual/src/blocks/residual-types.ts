import { readConfig } from "@invertible/bijection";
import type { LayerType } from "@invertible/bijection";
import { estimatorFromConfig } from "@invertible/log-det";
import type { JsonObject } from "@invertible/errors";
import { branchTypes, buildBranch } from "../branches/branch-types.ts";
import type { BranchType } from "../branches/branch-types.ts";
import { implicitBlock } from "./implicit-block.ts";
import { inverseMethods, solveGradients } from "./inverse-options.ts";
import type { InverseOptions } from "./inverse-options.ts";
import { monotoneBlock } from "./monotone-block.ts";
import { residualBlock } from "./residual-block.ts";

/**
 * Makes the layer types of all blocks, for models whose blocks use the given branches. To load blocks with a branch of your
 * own, pass it beside `branchTypes`.
 */
export function residualTypesWith(branches: readonly BranchType[]): readonly LayerType[] {
  const branchAt = (
    layer: string,
    config: JsonObject,
    key: string,
    random: Parameters<BranchType["build"]>[1],
  ) => buildBranch(`${layer}.${key}`, readConfig(layer, config).object(key), branches, random);
  return [
    {
      layer: "residualBlock",
      build: (config, { random }) =>
        residualBlock({
          ...shared("residualBlock", config),
          branch: branchAt("residualBlock", config, "branch", random),
        }),
    },
    {
      layer: "implicitBlock",
      build: (config, { random }) =>
        implicitBlock({
          ...shared("implicitBlock", config),
          inputBranch: branchAt("implicitBlock", config, "inputBranch", random.fold("input")),
          outputBranch: branchAt("implicitBlock", config, "outputBranch", random.fold("output")),
        }),
    },
    {
      layer: "monotoneBlock",
      build: (config, { random }) =>
        monotoneBlock({
          ...shared("monotoneBlock", config),
          branch: branchAt("monotoneBlock", config, "branch", random),
        }),
    },
  ];
}

/** The layer types of the blocks on this package's own branches, for `rebuild` and for loading saved models. */
export const residualTypes: readonly LayerType[] = residualTypesWith(branchTypes);

/** Reads the options that all blocks share. A block without a log-det names no estimators, and one without an inverse no options of it. */
function shared(layer: string, config: JsonObject) {
  const read = readConfig(layer, config);
  const estimator = (key: string) => estimatorFromConfig(read.object(key));
  return {
    ...(read.has("logDet") && { logDet: estimator("logDet") }),
    ...(read.has("evaluationLogDet") && { evaluationLogDet: estimator("evaluationLogDet") }),
    ...(read.has("inverse") && { inverse: inverseOptions(`${layer}.inverse`, read.object("inverse")) }),
  };
}

/** Reads inverse options. Older files name no gradient or no method, because these options did not exist yet. */
function inverseOptions(where: string, config: JsonObject): InverseOptions {
  const read = readConfig(where, config);
  return {
    tolerance: read.number("tolerance"),
    maxIterations: read.number("maxIterations"),
    ...(read.has("gradient") && { gradient: read.choice("gradient", solveGradients) }),
    ...(read.has("method") && { method: read.choice("method", inverseMethods) }),
  };
}
