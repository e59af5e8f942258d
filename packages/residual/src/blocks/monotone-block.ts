import { checkContracts } from "../branches/contractive-branch.ts";
import { checkOptions } from "@invertible/errors";
import { controlOf, defineBijection } from "@invertible/bijection";
import type { Bijection, LayerCall } from "@invertible/bijection";
import { add, gatherRows, mul, neg, reshape, roundUp, sub } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import { bindTo, conditionFor, withConditionFor } from "./block-condition.ts";
import { blockLogDet } from "./block-log-det.ts";
import type { BlockLogDetOptions } from "./block-log-det.ts";
import { branchBounds, contractionBehind } from "./branch-bounds.ts";
import type { BoundBranch, ContractiveBranch } from "../branches/contractive-branch.ts";
import { inversePlan } from "./inverse-options.ts";
import type { InverseOptions } from "./inverse-options.ts";
import { epsilon } from "../branches/stages/rounding.ts";
import type { Rounded } from "../branches/stages/rounding.ts";
import { rowNorms } from "../solvers/row-norms.ts";
import { solveContraction } from "../solvers/solve-contraction.ts";
import { solveFixed } from "../solvers/solve-fixed.ts";

/** Options of `monotoneBlock`. */
export interface MonotoneBlockOptions extends BlockLogDetOptions {
  /** The contractive branch g. */
  readonly branch: ContractiveBranch;
  /** How equations are solved. Both directions solve one. */
  readonly inverse?: InverseOptions;
}

const layer = "monotoneBlock";

/**
 * Monotone block. It maps x to y = sqrt2 w - x, where w solves w + g(w) = sqrt2 x and g is contractive. This is the Cayley
 * transform (I - g) o (I + g)^-1. Its Lipschitz constant and that of its inverse can come near (1 + L)/(1 - L), while a
 * residual block's stays below 2.
 *
 * The inverse is the same map with -g in place of g: w - g(w) = sqrt2 y, x = sqrt2 w - y. Each direction costs one solve. The
 * synchronous ones take the fixed number of steps that `inverse.tolerance` needs. At the solution w,
 *
 *     log|det dy/dx| = log det(I - J_g(w)) - log det(I + J_g(w)) = -2 sum_{k odd} tr(J^k)/k.
 *
 * Both determinants are estimated with the same random key. What they have in common, which is all even powers of J, then
 * cancels instead of adding noise.
 *
 * @throws ArgumentError as `residualBlock`.
 * @see Ahn, Kim, Hong, Kim (2022), Invertible Monotone Operators for Normalizing Flows, arXiv:2210.08176
 */
export function monotoneBlock(options: MonotoneBlockOptions): Bijection {
  checkOptions("monotoneBlock", options, {
    branch: "required",
    inverse: "optional",
    logDet: "optional",
    evaluationLogDet: "optional",
  });
  const { branch } = options;
  checkContracts(`${layer}: branch`, branch);
  const { inputShape, parameters, state } = branch;
  const plan = inversePlan(layer, options.inverse);
  const steps = plan.steps(branch.lipschitz);
  const logDet = blockLogDet(layer, options, [branch, branch]);

  /** Solves w + g(w) = sqrt2 x for w, or the same with -g. */
  const solve = (
    x: Tensor,
    condition: Tensor | undefined,
    turn: (map: Linearisable) => Linearisable,
    number = steps,
  ) =>
    solveFixed(
      { bind: (c) => turn(bindTo(branch, c)), condition, y: mul(x, Math.SQRT2), steps: number },
      plan.gradient,
    );
  const estimate = (w: Tensor, condition: Tensor | undefined, call: LayerCall) => {
    const { jvp } = bindTo(branch, condition).linearise(w);
    const minus = logDet.estimate((v) => neg(jvp(v)), w, call);
    return sub(minus, logDet.estimate(jvp, w, call));
  };

  return defineBijection({
    name: layer,
    inputShape,
    outputShape: inputShape,
    traits: { ...logDet.traits, inverse: "iterative" },
    parameters,
    state,
    config: { branch: branch.config, ...logDet.config, inverse: plan.config },
    forward(x, call) {
      const condition = conditionFor([branch], x, call);
      const w = solve(x, condition, asItIs);
      return { y: sub(mul(w, Math.SQRT2), x), logDet: () => estimate(w, condition, call) };
    },
    inverse(y, call) {
      const condition = conditionFor([branch], y, call);
      const w = solve(y, condition, negated, call.inverseSteps);
      return { x: sub(mul(w, Math.SQRT2), y), logDet: () => neg(estimate(w, condition, call)) };
    },
    solver: {
      methods: plan.methods,
      steps,
      solve: (y, call, options) =>
        withConditionFor([branch], y, call, async (condition) => {
          const lipschitz = await contractionBehind(branch, call);
          // Substituting w = (x + y)/sqrt2 gives an equation for x itself, with the same constant. Tolerance and bound then apply
          // to x.
          const bind = (rows?: Int32Array) => {
            const g = bindTo(branch, condition, rows).withRounding();
            const own = rows === undefined ? y : gatherRows(y, rows);
            return (x: Tensor): Rounded => {
              const w = mul(add(x, own), Math.SQRT1_2) as Tensor;
              const { value, rounding } = g(w);
              // Rounding in units of epsilon: 1/2 for the sum, 1/2 for each product, 1/4 for each factor of sqrt2. The map g
              // passes on the error of w.
              const length = (v: Tensor) => rowNorms(reshape(v, [v.shape[0]!, -1]), branch.norm);
              const around = mul(add(mul(length(w), 1.25 * lipschitz), mul(length(value), 0.75)), epsilon);
              return { value: mul(value, -Math.SQRT2), rounding: mul(add(rounding, around), Math.SQRT2) };
            };
          };
          const [method] = plan.methods;
          return solveContraction({ bind, y, lipschitz, norm: branch.norm, layer, call, options, method });
        }),
    },
    lipschitz: controlOf([branch], async () => {
      // The maps (I - g) and (I + g) have the same bounds.
      const { forward, inverse } = await branchBounds(branch);
      const both = roundUp(forward * inverse);
      return { forward: both, inverse: both };
    }),
  });
}

type Linearisable = Pick<BoundBranch, "value" | "linearise">;

const asItIs = (map: Linearisable) => map;

/** The map -g. */
function negated(map: Linearisable): Linearisable {
  return {
    value: (x) => neg(map.value(x)),
    linearise(x) {
      const { value, jvp, vjp } = map.linearise(x);
      return { value: neg(value), jvp: (v) => neg(jvp(v)), vjp: (w) => neg(vjp(w)) };
    },
  };
}
