import { chain } from "@invertible/bijection";
import { createFlow } from "@invertible/flow";
import type { Flow } from "@invertible/flow";
import { actNorm } from "@invertible/layers";
import { exactLogDet } from "@invertible/log-det";
import type { LogDetEstimator } from "@invertible/log-det";
import { checkBetween, checkPositiveInteger, fail } from "@invertible/errors";
import { checkActivation, freeingVariables } from "@invertible/ops";
import type { ActivationName, Random } from "@invertible/ops";
import { denseBranch, residualBlock } from "@invertible/residual";
import type { DenseParametrisation, InverseOptions } from "@invertible/residual";
import { checkBase, createBase } from "./base-options.ts";
import type { BaseName } from "./base-options.ts";

export interface VectorIResNetOptions {
  readonly features: number;
  /** For initial weights. */
  readonly random: Random;
  /** Default 10. */
  readonly blocks?: number;
  /** Hidden widths of every block's network. Default [64, 64, 64]. */
  readonly hidden?: readonly number[];
  /**
   * c, the cap on each layer's norm, in (0, 1): a block's Lipschitz constant is c^(hidden layers + 1); or one for each layer, whose
   * product counts. Default 0.98.
   */
  readonly coefficient?: number | readonly number[];
  /** How the weights are bounded. Default "capped"; "aol" and "orthogonal" hold by construction, without power iteration. */
  readonly parametrisation?: DenseParametrisation;
  /** Default "lipSwish". */
  readonly activation?: ActivationName;
  /** Default: `exactLogDet()`, right for few features; for many take `powerSeries`. */
  readonly logDet?: LogDetEstimator;
  /** In evaluation. Default: `logDet`. */
  readonly evaluationLogDet?: LogDetEstimator;
  /** Of every block: method, and the limits of its synchronous form. */
  readonly inverse?: InverseOptions;
  /** Numbers per example in `call.condition`, [B, k], which every block sees. Default 0: none. */
  readonly conditionFeatures?: number;
  /** Default "diagonalNormal". */
  readonly base?: BaseName;
}

/**
 * Invertible residual network for vectors: per block an act-norm and x + g(x), g a contractive perceptron.
 *
 * Settings follow the 2-D trainer of Residual Flows with these differences: 10 blocks of three hidden layers of 64 instead of 100 of four of 128, and therefore a
 * coefficient of 0.98 instead of 0.9 (few blocks must each do more); no activation before a block's first layer, where it
 * would act on two coordinates only; act-norms; the base learns its mean and scale.
 *
 * @throws ArgumentError for options out of range.
 * @see Behrmann et al. (2019), arXiv 1811.00995; Chen et al. (2019), arXiv 1906.02735
 */
export function vectorIResNet(options: VectorIResNetOptions): Flow {
  const {
    features,
    random,
    blocks = 10,
    hidden = [64, 64, 64],
    coefficient = 0.98,
    activation = "lipSwish",
  } = options;
  const { logDet = exactLogDet(), evaluationLogDet = logDet, base = "diagonalNormal" } = options;
  const { parametrisation = "capped", inverse = {}, conditionFeatures = 0 } = options;
  checkPositiveInteger("vectorIResNet.features", features);
  checkPositiveInteger("vectorIResNet.blocks", blocks);
  if (hidden.length === 0) fail("vectorIResNet.hidden", "at least one width", hidden);
  hidden.forEach((width) => checkPositiveInteger("vectorIResNet.hidden", width));
  if (typeof coefficient === "number") checkBetween("vectorIResNet.coefficient", coefficient, 0, 1);
  checkActivation("vectorIResNet.activation", activation);
  checkBase("vectorIResNet.base", base);

  return freeingVariables(() => {
    const parts = Array.from({ length: blocks }, (_, block) => {
      const branch = denseBranch({
        features,
        hidden,
        activation,
        coefficient,
        parametrisation,
        conditionFeatures,
        preactivation: false,
        random: random.fold("block").fold(block),
      });
      const residual = residualBlock({ branch, logDet, evaluationLogDet, inverse });
      return [actNorm({ inputShape: [features] }), residual];
    }).flat();
    return createFlow({ bijection: chain(parts), base: createBase(base, [features]) });
  });
}
