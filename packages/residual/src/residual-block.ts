import { defineBijection } from "@invertible/bijection";
import type { AnyContext, Bijection } from "@invertible/bijection";
import type { LogDetEstimator } from "@invertible/log-det";
import { add, neg } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import type { BoundBranch, ContractiveBranch } from "./contractive-branch.ts";
import { checkedSteps, iterate } from "./fixed-steps.ts";
import type { FixedInverseOptions } from "./fixed-steps.ts";
import { solveFixedPoint } from "./solve-fixed-point.ts";

export interface ResidualBlockOptions {
  readonly branch: ContractiveBranch;
  /** Used while `context.training`. */
  readonly logDet: LogDetEstimator;
  /** Used otherwise, and behind the block's `traits.logDet`. Default: `logDet`. */
  readonly evaluationLogDet?: LogDetEstimator;
  /** Of the synchronous `inverse`; `solveInverse` takes its limits from its context. */
  readonly inverse?: FixedInverseOptions;
}

/**
 * y = x + g(x) with a contractive g; log|det dy/dx| = log det(I + J_g(x)), estimated from Jacobian-vector products.
 *
 * Inverse: x <- y - g(x) from x = y converges to the only solution, with error at most L^n/(1-L) |g(y)| after n steps. `inverse`
 * takes the fixed number of steps that its tolerance needs; `solveInverse` stops early and returns evidence. Its bound is
 *
 *     |x - x_n| <= (L |x_n - x_(n-1)| + r) / (1 - L),    r = 2^-23 (|x_n| + |y|),
 *
 * where r allows for float32 rounding in one step: a model of it, not a proof. Both rest on L, hence on converged power
 * iteration: `refresh({ tolerance })` first.
 *
 * @throws ArgumentError when `inverse.maxIterations` is too small for L and `inverse.tolerance`.
 * @see Behrmann et al. (2019), arXiv:1811.00995, theorem 1, algorithms 1 and 2
 */
export function residualBlock(options: ResidualBlockOptions): Bijection {
  const { branch, logDet, evaluationLogDet = logDet } = options;
  const { tolerance = 1e-6, maxIterations = 1000 } = options.inverse ?? {};
  const { inputShape, lipschitz, parameters, state } = branch;
  const steps = checkedSteps("residualBlock", lipschitz, { tolerance, maxIterations });

  const linearised = (bound: BoundBranch, x: Tensor, context: AnyContext) => {
    const { value, jvp } = bound.linearise(x);
    const estimator = context.training ? logDet : evaluationLogDet;
    return {
      value,
      logDet: () =>
        estimator.estimate({ jvp, batch: x.shape[0]!, shape: inputShape, random: context.random }),
    };
  };
  const notAsked = (): Tensor => {
    throw new Error("residualBlock: the log-det was not asked for");
  };

  return defineBijection({
    name: "residualBlock",
    inputShape,
    outputShape: inputShape,
    traits: {
      logDet: evaluationLogDet.kind,
      logDetBias: evaluationLogDet.bias({ lipschitz, dimension: inputShape.reduce((d, n) => d * n, 1) }),
      inverse: "iterative",
    },
    parameters,
    state,
    config: {
      branch: branch.config,
      logDet: logDet.config,
      evaluationLogDet: evaluationLogDet.config,
      inverse: { tolerance, maxIterations },
    },
    forward(x, context) {
      const bound = branch.bind();
      if (context.logDet === "skip") return { y: add(x, bound.value(x)), logDet: notAsked };
      const { value, logDet } = linearised(bound, x, context);
      return { y: add(x, value), logDet };
    },
    inverse(y, context) {
      const bound = branch.bind();
      const x = iterate(bound, y, steps);
      return { x, logDet: () => neg(linearised(bound, x, context).logDet()) };
    },
    solveInverse: (y, context) => solveFixedPoint(branch, y, context),
    refresh: (options) => branch.refresh(options),
  });
}
