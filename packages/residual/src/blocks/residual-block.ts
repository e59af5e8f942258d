import { checkBranch } from "../branches/contractive-branch.ts";
import { checkOptions, fail } from "@invertible/errors";
import { controlOf, defineBijection } from "@invertible/bijection";
import type { Bijection } from "@invertible/bijection";
import { add, neg } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import { bindTo, conditionFor, withConditionFor } from "./block-condition.ts";
import { blockLogDet } from "./block-log-det.ts";
import type { BlockLogDetOptions } from "./block-log-det.ts";
import { branchBounds, contractionBehind } from "./branch-bounds.ts";
import type { ContractiveBranch } from "../branches/contractive-branch.ts";
import { inversePlan } from "./inverse-options.ts";
import type { InverseOptions } from "./inverse-options.ts";
import { solveContraction } from "../solvers/solve-contraction.ts";
import { solveFixed } from "../solvers/solve-fixed.ts";

/** Options of `residualBlock`. */
export interface ResidualBlockOptions extends BlockLogDetOptions {
  /** The branch g, which contracts, or has the coefficient "none". */
  readonly branch: ContractiveBranch;
  /** How the inverse is solved. */
  readonly inverse?: InverseOptions;
}

const layer = "residualBlock";

/**
 * Residual block y = x + g(x) with a contractive branch g. Its log-det is log|det dy/dx| = log det(I + J_g(x)), which an
 * estimator computes from Jacobian-vector products. A branch with conditionFeatures also sees `call.condition`.
 *
 * The inverse iterates x <- y - g(x) from x = y, which converges to the only solution. `inverse` takes the fixed number of
 * steps that its tolerance needs at the branch's `lipschitz`. Its gradients are those of the implicit function theorem, unless
 * `inverse.gradient` says otherwise.
 *
 * `solveInverse` first proves the Lipschitz constant of the branch, once for the same weights. It may accelerate the iteration,
 * stops row by row, and returns evidence; see `solveContraction` for its error bound.
 *
 * The certificate is 1 + L for the forward map and 1/(1 - L) for the inverse.
 *
 * With a branch of coefficient "none" it is the block of an ordinary residual network. Such a block has neither an inverse nor a log-det,
 * and its traits say so. Its certificate proves the L of the weights as they are, and with it the inverse's constant where L happens to be
 * below 1. `enforce` does nothing.
 *
 * @throws ArgumentError where `inverse.maxIterations` is too small for L and `inverse.tolerance`, or an estimator does not fit; and for
 * `inverse` or an estimator beside a branch of coefficient "none".
 * @see Behrmann et al. (2019), arXiv:1811.00995, theorem 1, lemma 2, algorithms 1 and 2
 */
export function residualBlock(options: ResidualBlockOptions): Bijection {
  checkOptions("residualBlock", options, {
    branch: "required",
    inverse: "optional",
    logDet: "optional",
    evaluationLogDet: "optional",
  });
  const { branch } = options;
  checkBranch(`${layer}: branch`, branch);
  if (branch.lipschitz === Infinity) return ordinaryBlock(options);
  const { inputShape, parameters, state } = branch;
  const plan = inversePlan(layer, options.inverse);
  const steps = plan.steps(branch.lipschitz);
  const logDet = blockLogDet(layer, options, [branch]);

  return defineBijection({
    name: layer,
    inputShape,
    outputShape: inputShape,
    traits: { ...logDet.traits, inverse: "iterative" },
    parameters,
    state,
    config: { branch: branch.config, ...logDet.config, inverse: plan.config },
    forward(x, call) {
      const { value, jvp } = bindTo(branch, conditionFor([branch], x, call)).linearise(x);
      return { y: add(x, value), logDet: () => logDet.estimate(jvp, x, call) };
    },
    forwardOnly: (x, call) => add(x, bindTo(branch, conditionFor([branch], x, call)).value(x)),
    inverse(y, call) {
      const condition = conditionFor([branch], y, call);
      const problem = {
        bind: (c?: Tensor) => bindTo(branch, c),
        condition,
        y,
        steps: call.inverseSteps ?? steps,
      };
      const x = solveFixed(problem, plan.gradient);
      const value = () => neg(logDet.estimate(bindTo(branch, condition).linearise(x).jvp, x, call));
      return { x, logDet: value };
    },
    solver: {
      methods: plan.methods,
      steps,
      solve: (y, call, options) =>
        withConditionFor([branch], y, call, async (condition) => {
          const lipschitz = await contractionBehind(branch, call);
          const bind = (rows?: Int32Array) => bindTo(branch, condition, rows).withRounding();
          const [method] = plan.methods;
          return solveContraction({ bind, y, lipschitz, norm: branch.norm, layer, call, options, method });
        }),
    },
    lipschitz: controlOf([branch], () => branchBounds(branch)),
  });
}

/** The block y = x + g(x) of a branch of coefficient "none". */
function ordinaryBlock({ branch, ...others }: ResidualBlockOptions): Bijection {
  for (const [name, option] of Object.entries(others))
    if (option !== undefined)
      fail(`${layer}: ${name}`, 'none, because the branch has the coefficient "none"', option);
  const { inputShape, parameters, state } = branch;
  return defineBijection({
    name: layer,
    inputShape,
    outputShape: inputShape,
    traits: { logDet: "none", inverse: "none" },
    parameters,
    state,
    config: { branch: branch.config },
    forward: (x, call) => ({ y: add(x, bindTo(branch, conditionFor([branch], x, call)).value(x)) }),
    lipschitz: controlOf([branch], () => branchBounds(branch)),
  });
}
