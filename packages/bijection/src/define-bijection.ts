import type { Tensor } from "@invertible/ops";
import type { Bijection, Traits } from "./bijection.ts";
import { layerCall } from "./call.ts";
import type { LayerCall } from "./call.ts";
import { checkedBijection } from "./checked-bijection.ts";
import type { BijectionDescription, Directions } from "./checked-bijection.ts";
import type { LipschitzControl } from "./lipschitz-control.ts";
import type { SolveOptions, Solved } from "./solver.ts";

/**
 * What a layer's author writes: the mathematics, without checks or clean-up. Log-dets are functions, called only
 * when the caller wants one.
 */
export interface BijectionDefinition extends BijectionDescription {
  /** Default: exact log-det, analytic inverse, exact likelihood. */
  readonly traits?: Partial<Traits>;
  forward(x: Tensor, call: LayerCall): { y: Tensor; logDet: () => Tensor };
  inverse(y: Tensor, call: LayerCall): { x: Tensor; logDet: () => Tensor };
  /** y alone, where that is cheaper than being ready for a log-det. Default: the y of `forward`. */
  forwardOnly?(x: Tensor, call: LayerCall): Tensor;
  /** For iterative inverses. Its `solve` owns its memory: nothing but x may stay allocated. */
  readonly solver?: {
    readonly methods: readonly string[];
    solve(y: Tensor, call: LayerCall, options: SolveOptions): Promise<Solved>;
  };
  readonly starter?: { start(x: Tensor, call: LayerCall): Promise<void> };
  readonly lipschitz?: LipschitzControl;
}

/**
 * Makes a layer from its definition: adds the shape checks, frees intermediate tensors, computes no log-det that nobody
 * asked for, and reports results to `call.trace.observe`.
 *
 * @throws ArgumentError where a parameter and a state variable have one name.
 * @throws ShapeError naming layer, argument, expected and received shape, on every call with a wrong batch.
 */
export function defineBijection(definition: BijectionDefinition): Bijection {
  const { name, traits, solver, starter, lipschitz } = definition;
  const directions: Directions = {
    forward(x, call) {
      const own = layerCall(name, "forward", call);
      return definition.forwardOnly?.(x, own) ?? definition.forward(x, own).y;
    },
    forwardAndLogDet(x, call) {
      const { y, logDet } = definition.forward(x, layerCall(name, "forward", call));
      return { value: y, logDet };
    },
    inverse: (y, call) => definition.inverse(y, layerCall(name, "inverse", call)).x,
    inverseAndLogDet(y, call) {
      const { x, logDet } = definition.inverse(y, layerCall(name, "inverse", call));
      return { value: x, logDet };
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
        solve: (y, call = {}) => solver.solve(y, layerCall(name, "solveInverse", call), call),
      },
    }),
  });
}
