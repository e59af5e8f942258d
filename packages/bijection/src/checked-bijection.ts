import { UnsupportedError, checkShape, fail } from "@invertible/errors";
import { checkBatch, clone, dispose, tidy } from "@invertible/ops";
import type { JsonObject } from "@invertible/errors";
import type { NamedVariables, Shape, Tensor } from "@invertible/ops";
import type { Bijection } from "./bijection.ts";
import type { Call, Observation } from "./call.ts";
import { checkCall, checkSolveCall } from "./check-call.ts";
import { placeOf } from "./call.ts";
import type { SolveCall, Solved } from "./solver.ts";
import { staleWeightsWarning } from "./stale-weights.ts";
import { layerWithoutLogDet } from "./walks/layer-without-log-det.ts";

/**
 * Both directions of a bijection, without checks or clean-up. The log-det is a function, so that the value can be reported
 * before the log-det is computed.
 */
export interface Directions {
  forward(x: Tensor, call: Call): Tensor;
  forwardAndLogDet(x: Tensor, call: Call): { readonly value: Tensor; readonly logDet: () => Tensor };
  inverse(y: Tensor, call: Call): Tensor;
  inverseAndLogDet(y: Tensor, call: Call): { readonly value: Tensor; readonly logDet: () => Tensor };
}

/** What layers and composites both state about themselves. See `Bijection` for each field. */
export interface BijectionDescription {
  readonly name: string;
  readonly inputShape: Shape;
  readonly outputShape: Shape;
  readonly parameters?: NamedVariables;
  readonly state?: NamedVariables;
  readonly config: JsonObject;
}

/**
 * Makes a bijection from its bare directions. Adds what layers and composites have in common: shape checks, disposal of
 * intermediate tensors, and reports to `call.trace.observe`.
 */
export function checkedBijection(
  description: BijectionDescription,
  directions: Directions,
  rest: Pick<Bijection, "traits" | "parts" | "solver" | "starter" | "lipschitz">,
): Bijection {
  const { name, inputShape, outputShape, parameters = {}, state = {}, config } = description;
  checkShape(`${name}.inputShape`, inputShape);
  checkShape(`${name}.outputShape`, outputShape);
  const both = Object.keys(parameters).find((key) => Object.hasOwn(state, key));
  if (both !== undefined) fail(name, "different names for parameters and state", both);
  const { traits, solver, starter, lipschitz } = rest;
  const staleWeights = staleWeightsWarning(lipschitz);

  const ends = {
    forward: { from: "x", to: "y", fromShape: inputShape, toShape: outputShape },
    inverse: { from: "y", to: "x", fromShape: outputShape, toShape: inputShape },
  } as const;

  const start = (direction: "forward" | "inverse", input: Tensor, call: Call) => {
    const { from, fromShape } = ends[direction];
    if (direction === "inverse") checkHasInverse("inverse");
    const where = `${placeOf(name, call.trace?.path)}.${direction}`;
    checkCall(where, call);
    checkBatch(`${where} ${from}`, input, fromShape);
    staleWeights?.check(() => where);
  };
  const finish = (
    direction: "forward" | "inverse",
    tensor: Observation["tensor"],
    value: Tensor,
    call: Call,
  ) => {
    const shape = tensor === "logDet" ? [] : ends[direction].toShape;
    checkBatch(`${placeOf(name, call.trace?.path)}.${direction} result ${tensor}`, value, shape);
    call.trace?.observe?.({ path: call.trace.path, layer: name, direction, tensor, value });
  };
  const evaluate = (direction: "forward" | "inverse", input: Tensor, call: Call): Tensor => {
    start(direction, input, call);
    return tidy(() => {
      const result = ownTensor(directions[direction](input, call), input);
      finish(direction, ends[direction].to, result, call);
      return result;
    });
  };
  const evaluateBoth = (direction: "forward" | "inverse", input: Tensor, call: Call) => {
    checkHasLogDet(`${direction}AndLogDet`, call);
    start(direction, input, call);
    return tidy(() => {
      const result = directions[`${direction}AndLogDet`](input, call);
      const value = ownTensor(result.value, input);
      finish(direction, ends[direction].to, value, call);
      const logDet = result.logDet();
      finish(direction, "logDet", logDet, call);
      return { value, logDet };
    });
  };

  const checkHasInverse = (method: string) => {
    if (traits.inverse === "none")
      throw new UnsupportedError(
        `${name}.${method}: expected a layer with an inverse, received one whose trait says it has none`,
      );
  };

  const checkHasLogDet = (method: string, { trace }: Call) => {
    const without = layerWithoutLogDet(bijection, trace?.path);
    if (without === undefined) return;
    const { layer, path } = without;
    const missing =
      layer === bijection
        ? "expected a layer with a log-det, received one"
        : `expected parts with a log-det, received ${placeOf(layer.name, path)},`;
    throw new UnsupportedError(
      `${placeOf(name, trace?.path)}.${method}: ${missing} whose trait says it has none`,
    );
  };

  const bijection: Bijection = Object.freeze({
    spec: "bijection/1",
    name,
    inputShape: Object.freeze([...inputShape]),
    outputShape: Object.freeze([...outputShape]),
    config,
    parameters: Object.freeze({ ...parameters }),
    state: Object.freeze({ ...state }),
    ...rest,
    traits: Object.freeze(traits),
    parts: Object.freeze([...rest.parts]),
    forward: (x, call = {}) => evaluate("forward", x, call),
    forwardAndLogDet(x, call = {}) {
      const { value: y, logDet } = evaluateBoth("forward", x, call);
      return { y, logDet };
    },
    inverse: (y, call = {}) => evaluate("inverse", y, call),
    inverseAndLogDet(y, call = {}) {
      const { value: x, logDet } = evaluateBoth("inverse", y, call);
      return { x, logDet };
    },
    ...(starter && {
      starter: {
        async start(x: Tensor, call: Call = {}): Promise<void> {
          const where = `${placeOf(name, call.trace?.path)}.initialise`;
          checkCall(where, call);
          checkBatch(`${where} x`, x, inputShape);
          await starter.start(x, call);
        },
      },
    }),
    ...(solver && {
      solver: {
        methods: Object.freeze([...solver.methods]),
        ...(solver.steps !== undefined && { steps: solver.steps }),
        async solve(y: Tensor, call: SolveCall = {}): Promise<Solved> {
          const where = `${placeOf(name, call.trace?.path)}.solveInverse`;
          checkSolveCall(where, call);
          checkBatch(`${where} y`, y, outputShape);
          checkHasInverse("solveInverse");
          staleWeights?.check(() => where);
          const solved = await solver.solve(y, call);
          try {
            checkBatch(`${where} result x`, solved.x, inputShape);
          } catch (error) {
            dispose(solved.x);
            throw error;
          }
          return solved;
        },
      },
    }),
  } satisfies Bijection);
  return bijection;
}

/**
 * Clones a result that is the input itself, as an identity may return it. The caller must be able to dispose of one without the
 * other.
 */
function ownTensor(result: Tensor, input: Tensor): Tensor {
  return result === input ? clone(result) : result;
}
