import { checkOptions, checkPositiveInteger, fail } from "@invertible/errors";
import { denseParametrisations, plainDenseOperator } from "./bounded-operators.ts";
import type { DenseParametrisation } from "./bounded-operators.ts";
import { newLayer } from "./stages/branch-layer.ts";
import { checkShared, sharedConfig } from "./branch-options.ts";
import type { SequentialOptions } from "./branch-options.ts";
import { checkBranchContracts, facts } from "./contraction.ts";
import type { ContractiveBranch } from "./contractive-branch.ts";
import { sequentialBranch } from "./sequential-branch.ts";
import { sequentialOperators } from "./sequential-operators.ts";

/** Options of `denseBranch`. */
export interface DenseBranchOptions extends SequentialOptions {
  /** Numbers in one example. */
  readonly features: number;
  /**
   * Widths of the hidden layers, at least one. An activation to pairs, such as "cLipSwish", doubles them; then these are the
   * widths before the activation.
   */
  readonly hidden: readonly number[];
  /** How the norms of the layers are bounded. Default "capped". Not with the coefficient "none". */
  readonly parametrisation?: DenseParametrisation;
}

/**
 * A contractive branch of dense layers on [B, features]: [phi] -> W_1 -> phi -> W_2 -> ... -> phi -> W_n.
 *
 * @throws ArgumentError for sizes below 1, no hidden layer, options that are unknown or do not go together, or L >= 1.
 * @see Chen et al. (2019), arXiv:1906.02735, section 3 and appendix A, also for norms other than 2
 */
export function denseBranch(options: DenseBranchOptions): ContractiveBranch {
  checkOptions("denseBranch", options, {
    features: "required",
    hidden: "required",
    parametrisation: "optional",
    preactivation: "required",
    norm: "optional",
    activation: "required",
    coefficient: "required",
    conditionFeatures: "optional",
    random: "required",
  });
  const where = "denseBranch";
  const { features, hidden, preactivation, conditionFeatures = 0, norm = 2, random } = options;
  checkPositiveInteger(`${where}: features`, features);
  if (hidden.length === 0) fail(`${where}: hidden`, "at least one width", "none");
  for (const width of hidden) checkPositiveInteger(`${where}: hidden`, width);
  const widths = [features, ...hidden, features];
  const kinds = { bounded: denseParametrisations, plain: plainDenseOperator };
  const { build, coefficients, config } = sequentialOperators(where, options, widths.length - 1, kinds);
  checkShared(where, options);
  checkBranchContracts(where, coefficients, { name: options.activation, preactivation, norm });

  const { expansion } = facts(options.activation);
  const layers = coefficients.map((coefficient, i) => {
    const key = random.fold(i);
    const inputs = widths[i]! * (i > 0 || preactivation ? expansion : 1);
    const operator = build({ inputs, outputs: widths[i + 1]!, coefficient, norm, random: key });
    return newLayer({ operator, fanIn: inputs, conditionFeatures, random: key });
  });
  return sequentialBranch({
    layers,
    activation: options.activation,
    preactivation,
    config: {
      branch: "dense",
      features,
      hidden: [...hidden],
      preactivation,
      ...config,
      ...sharedConfig(options),
    },
  });
}
