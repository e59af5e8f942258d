import { checkContracts } from "../branches/contractive-branch.ts";
import { controlOf, defineBijection } from "@invertible/bijection";
import type { Bijection, LayerCall } from "@invertible/bijection";
import { ShapeError, checkOptions, fail } from "@invertible/errors";
import {
  add,
  dispose,
  gatherRows,
  mul,
  neg,
  prefixed,
  reshape,
  roundUp,
  sizeOf,
  sub,
  tidy,
} from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import { bindTo, conditionFor, withConditionFor } from "./block-condition.ts";
import { blockLogDet } from "./block-log-det.ts";
import type { BlockLogDetOptions } from "./block-log-det.ts";
import { branchBounds, contractionBehind } from "./branch-bounds.ts";
import type { ContractiveBranch } from "../branches/contractive-branch.ts";
import { inversePlan } from "./inverse-options.ts";
import type { InverseOptions } from "./inverse-options.ts";
import { epsilon } from "../branches/stages/rounding.ts";
import type { Rounded } from "../branches/stages/rounding.ts";
import { normRatio, rowNorms } from "../solvers/row-norms.ts";
import { solveContraction } from "../solvers/solve-contraction.ts";
import { solveFixed } from "../solvers/solve-fixed.ts";

/** Options of `implicitBlock`. */
export interface ImplicitBlockOptions extends BlockLogDetOptions {
  /** The branch g_x, applied to the input. */
  readonly inputBranch: ContractiveBranch;
  /** The branch g_z, applied to the output. It has the shape of the input branch, but its own variables and random key. */
  readonly outputBranch: ContractiveBranch;
  /** How equations are solved. Both directions solve one. */
  readonly inverse?: InverseOptions;
}

const layer = "implicitBlock";

/**
 * Implicit flow block. It maps x to the solution z of z + g_z(z) = x + g_x(x), where g_x and g_z are contractive. In other
 * words, it is a residual block followed by the inverse of another. Unlike a residual block, it can have a Lipschitz constant
 * above 2.
 *
 *     log|det dz/dx| = log det(I + J_gx(x)) - log det(I + J_gz(z))
 *
 * Both directions solve an equation of the form x + g(x) = y. The synchronous ones take the fixed number of steps that
 * `inverse.tolerance` needs, which bounds the error relative to |g(y)|. Gradients pass through the solution by the implicit
 * function theorem. Branches with conditionFeatures see `call.condition`.
 *
 * The certificate is (1 + L_x)/(1 - L_z) for the forward map and (1 + L_z)/(1 - L_x) for the inverse. Parameters have the
 * prefixes "input." and "output.".
 *
 * @throws ArgumentError for branches that share a variable or take conditions of different sizes, and as `residualBlock`.
 * @throws ShapeError for branches of different shapes.
 * @see Lu, Chen, Li, Wang, Zhu (2021), Implicit Normalizing Flows, arXiv:2103.09527
 */
export function implicitBlock(options: ImplicitBlockOptions): Bijection {
  checkOptions("implicitBlock", options, {
    inputBranch: "required",
    outputBranch: "required",
    inverse: "optional",
    logDet: "optional",
    evaluationLogDet: "optional",
  });
  const { inputBranch, outputBranch } = options;
  for (const [name, branch] of Object.entries({ inputBranch, outputBranch }))
    checkContracts(`${layer}: ${name}`, branch);
  const branches = [inputBranch, outputBranch];
  checkPair(inputBranch, outputBranch);
  const plan = inversePlan(layer, options.inverse);
  const logDet = blockLogDet(layer, options, branches);
  const stepsOf = { forward: plan.steps(outputBranch.lipschitz), inverse: plan.steps(inputBranch.lipschitz) };

  /** The largest factor by which an error of g_z grows when it is measured in the norm in which g_x contracts. */
  const betweenNorms = normRatio(outputBranch.norm, inputBranch.norm, sizeOf(inputBranch.inputShape));

  /** Computes the target with one branch, then solves with the other. */
  const solve = (
    direction: keyof typeof stepsOf,
    from: Tensor,
    condition: Tensor | undefined,
    steps = stepsOf[direction],
  ) => {
    const [first, second] =
      direction === "forward" ? [inputBranch, outputBranch] : [outputBranch, inputBranch];
    const y = add(from, bindTo(first!, condition).value(from));
    return solveFixed({ bind: (c) => bindTo(second!, c), condition, y, steps }, plan.gradient);
  };
  const estimate = (x: Tensor, z: Tensor, condition: Tensor | undefined, call: LayerCall) => {
    const ofInput = logDet.estimate(bindTo(inputBranch, condition).linearise(x).jvp, x, call, "input");
    return sub(ofInput, logDet.estimate(bindTo(outputBranch, condition).linearise(z).jvp, z, call, "output"));
  };

  return defineBijection({
    name: layer,
    inputShape: inputBranch.inputShape,
    outputShape: inputBranch.inputShape,
    traits: { ...logDet.traits, inverse: "iterative" },
    parameters: {
      ...prefixed("input", inputBranch.parameters),
      ...prefixed("output", outputBranch.parameters),
    },
    state: { ...prefixed("input", inputBranch.state), ...prefixed("output", outputBranch.state) },
    config: {
      inputBranch: inputBranch.config,
      outputBranch: outputBranch.config,
      ...logDet.config,
      inverse: plan.config,
    },
    forward(x, call) {
      const condition = conditionFor(branches, x, call);
      const y = solve("forward", x, condition);
      return { y, logDet: () => estimate(x, y, condition, call) };
    },
    inverse(y, call) {
      const condition = conditionFor(branches, y, call);
      const x = solve("inverse", y, condition, call.inverseSteps);
      return { x, logDet: () => neg(estimate(x, y, condition, call)) };
    },
    solver: {
      methods: plan.methods,
      steps: stepsOf.inverse,
      solve: (z, call, options) =>
        withConditionFor(branches, z, call, async (condition) => {
          const lipschitz = await contractionBehind(inputBranch, call);
          const { y, rounding } = tidy(() => {
            const { value, rounding } = bindTo(outputBranch, condition).withRounding()(z);
            const y = add(z, value) as Tensor;
            const ofSum = mul(rowNorms(reshape(y, [y.shape[0]!, -1]), inputBranch.norm), epsilon / 2);
            return { y, rounding: add(mul(rounding, betweenNorms), ofSum) as Tensor };
          });
          const bind = (rows?: Int32Array) => {
            const g = bindTo(inputBranch, condition, rows).withRounding();
            const ofTarget = rows === undefined ? rounding : gatherRows(rounding, rows);
            return (x: Tensor): Rounded => {
              const result = g(x);
              return { ...result, rounding: add(result.rounding, ofTarget) };
            };
          };
          const [method] = plan.methods;
          const problem = { bind, y, lipschitz, norm: inputBranch.norm, layer, call, options, method };
          return solveContraction(problem).finally(() => dispose([y, rounding]));
        }),
    },
    lipschitz: controlOf(branches, async () => {
      const [input, output] = [await branchBounds(inputBranch), await branchBounds(outputBranch)];
      return {
        forward: roundUp(input.forward * output.inverse),
        inverse: roundUp(output.forward * input.inverse),
      };
    }),
  });
}

function checkPair(input: ContractiveBranch, output: ContractiveBranch): void {
  const shapes = [input.inputShape, output.inputShape].map((shape) => `[${shape.join(", ")}]`);
  if (shapes[0] !== shapes[1])
    throw new ShapeError(`${layer}: outputBranch.inputShape: expected ${shapes[0]}, received ${shapes[1]}`);
  const features = [input.conditionFeatures, output.conditionFeatures].filter((n) => n > 0);
  if (features.length === 2 && features[0] !== features[1])
    fail(`${layer}: outputBranch.conditionFeatures`, `0 or ${features[0]}`, features[1]);
  const own = new Set(Object.values({ ...input.parameters, ...prefixed("state", input.state) }));
  const shared = Object.entries({ ...output.parameters, ...output.state }).find(([, variable]) =>
    own.has(variable),
  );
  if (shared) fail(`${layer}: outputBranch`, "variables of its own", `the inputBranch's as ${shared[0]}`);
}
