import { readConfig } from "@invertible/bijection";
import { activationNames } from "@invertible/ops";
import type { JsonObject } from "@invertible/errors";
import type { Random } from "@invertible/ops";
import { bottleneckBranch } from "./bottleneck-branch.ts";
import { convParametrisations, denseParametrisations } from "./bounded-operators.ts";
import type { ContractiveBranch } from "./contractive-branch.ts";
import { denseBranch } from "./dense-branch.ts";
import { denseNetBranch } from "./dense-net-branch.ts";

/** Teaches `residualTypesWith` one kind of branch. */
export interface BranchType {
  /** The value of `config.branch` that this type builds: "dense". */
  readonly branch: string;
  /**
   * Builds the branch. `config` may come from a file and is not trusted.
   *
   * @throws ArgumentError for a configuration that does not fit.
   */
  build(config: JsonObject, random: Random): ContractiveBranch;
}

/** The branch types of this package. */
export const branchTypes: readonly BranchType[] = [
  {
    branch: "dense",
    build(config, random) {
      const where = "denseBranch";
      const read = readConfig(where, config);
      return denseBranch({
        ...shared(where, config),
        ...sequential(where, config),
        features: read.number("features"),
        hidden: read.integers("hidden"),
        ...parametrisation(where, config, namesOf(denseParametrisations)),
        random,
      });
    },
  },
  {
    branch: "bottleneck",
    build(config, random) {
      const where = "bottleneckBranch";
      const read = readConfig(where, config);
      return bottleneckBranch({
        ...shared(where, config),
        ...sequential(where, config),
        inputShape: read.shape("inputShape"),
        hidden: read.number("hidden"),
        ...(read.has("kernelSizes") && { kernelSizes: read.integers("kernelSizes") }),
        ...parametrisation(where, config, namesOf(convParametrisations)),
        random,
      });
    },
  },
  {
    branch: "denseNet",
    build(config, random) {
      const where = "denseNetBranch";
      const read = readConfig(where, config);
      return denseNetBranch({
        ...shared(where, config),
        coefficient: coefficient(where, config),
        inputShape: read.shape("inputShape"),
        layers: read.number("layers"),
        growth: read.number("growth"),
        ...parametrisation(where, config, namesOf(denseParametrisations)),
        ...(read.has("kernelSize") && { kernelSize: read.number("kernelSize") }),
        random,
      });
    },
  },
];

/**
 * Builds the branch that `config.branch` names.
 *
 * @throws ArgumentError for an unknown name.
 */
export function buildBranch(
  where: string,
  config: JsonObject,
  branches: readonly BranchType[],
  random: Random,
): ContractiveBranch {
  const name = readConfig(where, config).choice(
    "branch",
    branches.map((type) => type.branch),
  );
  return branches.find((type) => type.branch === name)!.build(config, random);
}

function shared(where: string, config: JsonObject) {
  const read = readConfig(where, config);
  return {
    activation: read.choice("activation", activationNames),
    ...(read.has("conditionFeatures") && { conditionFeatures: read.number("conditionFeatures") }),
  };
}

function coefficient(where: string, config: JsonObject): number | readonly number[] {
  const read = readConfig(where, config);
  return Array.isArray(config["coefficient"]) ? read.numbers("coefficient") : read.number("coefficient");
}

function sequential(where: string, config: JsonObject) {
  const read = readConfig(where, config);
  const unconstrained = config["coefficient"] === "none";
  return {
    preactivation: read.boolean("preactivation"),
    coefficient: unconstrained ? ("none" as const) : coefficient(where, config),
    ...(read.has("norm") && { norm: config["norm"] === "infinity" ? Infinity : read.number("norm") }),
  };
}

/** Reads a parametrisation. Older files do not mention it, where it was the default, nor do branches without limits. */
function parametrisation<Name extends string>(where: string, config: JsonObject, names: readonly Name[]) {
  const read = readConfig(where, config);
  return read.has("parametrisation") ? { parametrisation: read.choice("parametrisation", names) } : {};
}

function namesOf<Name extends string>(table: Readonly<Record<Name, unknown>>): Name[] {
  return Object.keys(table) as Name[];
}
