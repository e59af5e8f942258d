import { defineBijection, layerCall, readCondition } from "@invertible/bijection";
import type { LayerCall } from "@invertible/bijection";
import { checkMembers, checkOptions } from "@invertible/errors";
import { dispose } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import type { Dynamics } from "../dynamics/dynamics.ts";
import { integrateOnGrid } from "../solvers/fixed-grid.ts";
import { slopeOf } from "../solvers/slope.ts";
import type { TraceVectors } from "../solvers/slope.ts";
import { tableaus } from "../solvers/tableau.ts";
import { tidied } from "../solvers/tidied.ts";
import { blockTrace } from "./block-trace.ts";
import type { BlockTraceOptions } from "./block-trace.ts";
import { correctionMethod, solveByCorrection } from "./defect-correction.ts";
import { integrateBlock } from "./integrate-block.ts";
import type { ContinuousBlock } from "./integration.ts";
import { checkSteps, odePlan } from "./ode-options.ts";
import type { OdeOptions } from "./ode-options.ts";

/** Options of `continuousBlock`. */
export interface ContinuousBlockOptions extends OdeOptions, BlockTraceOptions {
  /** The network f of dz/dt = f(t, z). */
  readonly dynamics: Dynamics;
}

/** The name of the layer type. */
export const continuousBlockName = "continuousBlock";
const layer = continuousBlockName;

/**
 * Continuous normalizing flow (FFJORD): y = z(T), where z solves
 *
 *     dz/dt = f(t, z),  z(0) = x,    log|det dy/dx| = integral of tr(df/dz) dt from 0 to T.
 *
 * `forward` and `inverse` make a fixed number of Runge-Kutta steps, from 0 to T or from T to 0. They read nothing back, so they
 * can be trained on every backend and recorded. What they compute differs from the solution by the error of the steps, which
 * falls as steps^-5 with "dopri5" and steps^-4 with "rk4". The log-det has an error of this size too. `solveForward` integrates
 * with step control instead and says how large errors are; use it to see whether `steps` suffices.
 *
 * `solveInverse` inverts `forward` as it is computed: it integrates back, measures the error of the round trip and corrects x
 * by it, row by row, until the error bound meets the tolerance. See `solveByCorrection` for the bound. `inverse` does not
 * correct, and `call.inverseSteps` is its number of steps.
 *
 * Differences to the published code: there T is learned in some experiments and here it is fixed; there training chooses its
 * steps as it goes, by reading errors back; and there gradients come from the adjoint equation, which is solved with an error of
 * its own, while here they are those of the steps.
 *
 * @throws ArgumentError for options that are unknown or out of range, or a trace that does not suit the shape.
 * @see Grathwohl, Chen, Bettencourt, Sutskever, Duvenaud (2019), FFJORD, arXiv:1810.01367
 */
export function continuousBlock(options: ContinuousBlockOptions): ContinuousBlock {
  checkOptions(layer, options, {
    dynamics: "required",
    time: "optional",
    method: "optional",
    steps: "optional",
    gradient: "optional",
    trace: "optional",
    evaluationTrace: "optional",
  });
  const { dynamics } = options;
  checkMembers(`${layer}: dynamics`, "dynamics such as denseDynamics({...})", dynamics, ["at", "inputShape"]);
  const { inputShape, conditionFeatures, parameters } = dynamics;
  const { time, method, steps, gradient } = odePlan(layer, options);
  const trace = blockTrace(layer, options, inputShape, steps);
  const tableau = tableaus[method];

  const conditionFor = (z: Tensor, call: Pick<LayerCall, "condition" | "where">) =>
    conditionFeatures === 0 ? undefined : readCondition(call, z, [conditionFeatures]);
  const times = { forward: { from: 0, to: time }, inverse: { from: time, to: 0 } };
  const solve = (
    direction: keyof typeof times,
    z: Tensor,
    condition: Tensor | undefined,
    vectors?: TraceVectors,
    count = steps,
  ) =>
    integrateOnGrid({
      dynamics,
      tableau,
      ...times[direction],
      steps: count,
      gradient,
      z,
      condition,
      trace: vectors,
    });

  const back = (y: Tensor, call: LayerCall, vectors?: TraceVectors) => {
    const { inverseSteps = steps } = call;
    checkSteps(`${call.where}: call.inverseSteps`, inverseSteps);
    return solve("inverse", y, conditionFor(y, call), vectors, inverseSteps);
  };

  const bijection = defineBijection({
    name: layer,
    inputShape,
    outputShape: inputShape,
    traits: { logDet: trace.kind, inverse: "iterative" },
    parameters,
    config: { dynamics: dynamics.config, time, method, steps, gradient, ...trace.config },
    forward(x, call) {
      const { z, logDet } = solve("forward", x, conditionFor(x, call), trace.vectors(x, call));
      return { y: z, logDet: () => logDet! };
    },
    forwardOnly: (x, call) => solve("forward", x, conditionFor(x, call)).z,
    inverse(y, call) {
      const { z, logDet } = back(y, call, trace.vectors(y, call));
      return { x: z, logDet: () => logDet! };
    },
    inverseOnly: (y, call) => back(y, call).z,
    solver: {
      methods: [correctionMethod],
      steps,
      async solve(y, call, options) {
        const condition = conditionFor(y, call);
        const forward = (x: Tensor) => solve("forward", x, condition).z;
        const backward = (z: Tensor) => solve("inverse", z, condition).z;
        return solveByCorrection({ forward, backward, y, layer, call, options }).finally(() => {
          if (condition !== undefined && condition !== call.condition) dispose(condition);
        });
      },
    },
  });

  return Object.freeze({
    ...bijection,
    async integrate({ direction, path }, z, given) {
      const { relativeTolerance, absoluteTolerance, maxSteps, ...rest } = given;
      const options = {
        ...(relativeTolerance !== undefined && { relativeTolerance }),
        ...(absoluteTolerance !== undefined && { absoluteTolerance }),
        ...(maxSteps !== undefined && { maxSteps }),
      };
      const call = layerCall(layer, "solveForward", { ...rest, trace: { path } });
      const condition = conditionFor(z, call);
      const { vectors, weight } = tidied(() => trace.vectors(z, call));
      const slope = slopeOf(dynamics, condition, { vectors, weight });
      return integrateBlock(layer, call, options, { slope, ...times[direction], z }).finally(() => {
        dispose(vectors);
        if (condition !== undefined && condition !== call.condition) dispose(condition);
      });
    },
  } satisfies ContinuousBlock);
}
