import { fail } from "@invertible/errors";
import type { Tensor } from "@invertible/ops";
import type { Bijection, Traits } from "./bijection.ts";
import { layerCall } from "./call.ts";
import type { LayerCall } from "./call.ts";
import { checkedBijection } from "./checked-bijection.ts";
import type { BijectionDescription, Directions } from "./checked-bijection.ts";
import type { LipschitzControl } from "./lipschitz-control.ts";
import type { SolveOptions, Solved } from "./solver.ts";

/**
 * What the author of a layer writes: the mathematics, without checks or clean-up. Each direction returns its value and a
 * function for the log-det, which is called only if the caller asked for one.
 */
export interface BijectionDefinition extends BijectionDescription {
  /**
   * Traits that differ from the defaults: exact log-det, analytic inverse, exact likelihood, no levels. A biased log-det
   * without `logDetBias` has the bias Infinity.
   */
  readonly traits?: Partial<Traits>;
  /** Maps x [B, ...inputShape] to y [B, ...outputShape]. `logDet` returns log|det dy/dx| [B] in nats. */
  forward(x: Tensor, call: LayerCall): { y: Tensor; logDet: () => Tensor };
  /** Maps y back to x. `logDet` returns log|det dx/dy| [B] in nats, which is minus the forward value at x. */
  inverse(y: Tensor, call: LayerCall): { x: Tensor; logDet: () => Tensor };
  /** Computes y alone, for layers where this is cheaper than preparing a log-det. Default: the y of `forward`. */
  forwardOnly?(x: Tensor, call: LayerCall): Tensor;
  /** Computes x alone, likewise. Default: the x of `inverse`. */
  inverseOnly?(y: Tensor, call: LayerCall): Tensor;
  /**
   * The inverse to a tolerance, for layers with an iterative inverse. `methods` are the names `SolveOptions.method` may have,
   * the default first. `solve` disposes of everything it allocates except x, because it is asynchronous and `tidy` cannot do
   * it.
   */
  readonly solver?: {
    readonly methods: readonly string[];
    /** The number of steps that `inverse` makes by default. It takes another number from `call.inverseSteps`. */
    readonly steps?: number;
    solve(y: Tensor, call: LayerCall, options: SolveOptions): Promise<Solved>;
  };
  /** The data-dependent start: sets parameters and state from one batch x [B, ...inputShape]. */
  readonly starter?: { start(x: Tensor, call: LayerCall): Promise<void> };
  /** Keeps and proves the layer's Lipschitz constants; `knownBounds` makes one for a layer with fixed constants. */
  readonly lipschitz?: LipschitzControl;
}

/**
 * What the author of a map without a log-det writes. Its trait `logDet` is "none", and its directions return their value alone. Everything
 * else is as in `BijectionDefinition`.
 */
export interface DefinitionWithoutLogDet extends Omit<BijectionDefinition, "traits" | "forward" | "inverse"> {
  /** Traits that differ from the defaults. */
  readonly traits: Partial<Traits> & { readonly logDet: "none" };
  /** Maps x [B, ...inputShape] to y [B, ...outputShape]. */
  forward(x: Tensor, call: LayerCall): { y: Tensor };
  /** Maps y back to x. A map without an inverse, whose trait `inverse` is "none", leaves it out. */
  inverse?(y: Tensor, call: LayerCall): { x: Tensor };
}

/**
 * Makes a layer from its definition. Adds shape checks, frees intermediate tensors, computes a log-det only where the caller
 * asked for one, and reports results to `call.trace.observe`.
 *
 * @throws ArgumentError where a parameter and a state variable have the same name, and where the inverse is missing although no trait
 * says so.
 * @throws ShapeError on every call with a wrong batch, naming layer, argument, expected and received shape.
 */
export function defineBijection(definition: BijectionDefinition | DefinitionWithoutLogDet): Bijection {
  const { name, traits, solver, starter, lipschitz } = definition;
  if (definition.inverse === undefined && traits?.inverse !== "none")
    fail(name, 'a function inverse, or the trait inverse: "none"', "neither");
  const directions: Directions = {
    forward(x, call) {
      const own = layerCall(name, "forward", call);
      return definition.forwardOnly?.(x, own) ?? definition.forward(x, own).y;
    },
    forwardAndLogDet(x, call) {
      const result = definition.forward(x, layerCall(name, "forward", call));
      return { value: result.y, logDet: logDetIn(`${name}.forward`, result) };
    },
    inverse(y, call) {
      const own = layerCall(name, "inverse", call);
      // Without an inverse, the wrapper does not call this.
      return definition.inverseOnly?.(y, own) ?? definition.inverse!(y, own).x;
    },
    inverseAndLogDet(y, call) {
      const result = definition.inverse!(y, layerCall(name, "inverse", call));
      return { value: result.x, logDet: logDetIn(`${name}.inverse`, result) };
    },
  };
  return checkedBijection(definition, directions, {
    traits: {
      logDet: "exact",
      logDetBias: traits?.logDet === "biased" ? Infinity : 0,
      inverse: "analytic",
      likelihood: "exact",
      ...traits,
    },
    parts: [],
    ...(lipschitz && { lipschitz }),
    ...(starter && {
      starter: { start: (x, call = {}) => starter.start(x, layerCall(name, "initialise", call)) },
    }),
    ...(solver && {
      solver: {
        methods: solver.methods,
        ...(solver.steps !== undefined && { steps: solver.steps }),
        solve: (y, call = {}) => solver.solve(y, layerCall(name, "solveInverse", call), call),
      },
    }),
  });
}

/** The log-det of a result. The types know that it is there, unless the trait says "none", but JavaScript has no types. */
function logDetIn(where: string, result: object): () => Tensor {
  const { logDet } = result as { logDet?: () => Tensor };
  return logDet ?? fail(where, 'a result with a function logDet, or the trait logDet: "none"', "neither");
}
