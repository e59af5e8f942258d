import { UnsupportedError, checkBatch, checkShape, clone, dispose, fail, tidy } from "@invertible/ops";
import type { JsonObject, NamedVariables, Shape, Tensor } from "@invertible/ops";
import type {
  Bijection,
  CallContext,
  Certificate,
  LayerCertificate,
  LipschitzBounds,
  Observation,
  RefreshOptions,
  SolveContext,
  Solved,
  Traits,
  ValueContext,
} from "./bijection.ts";

/** Either kind of context: authors receive this and rarely look at `logDet`. */
export type AnyContext = CallContext | ValueContext;

/**
 * What a layer's author writes: the mathematics, without checks or clean-up. Log-dets are functions, called only
 * when the caller wants one.
 */
export interface BijectionDefinition {
  readonly name: string;
  readonly inputShape: Shape;
  readonly outputShape: Shape;
  /** Default: exact log-det, analytic inverse, exact likelihood. */
  readonly traits?: Partial<Traits>;
  readonly parameters?: NamedVariables;
  readonly state?: NamedVariables;
  readonly config: JsonObject;
  forward(x: Tensor, context: AnyContext): { y: Tensor; logDet: () => Tensor };
  inverse(y: Tensor, context: AnyContext): { x: Tensor; logDet: () => Tensor };
  /** For iterative inverses and composites. Owns its memory: nothing but x may stay allocated. */
  solveInverse?(y: Tensor, context: SolveContext): Promise<Solved>;
  initialise?(x: Tensor, context: ValueContext): Promise<void>;
  refresh?(options: RefreshOptions): Promise<void>;
  /** Default: nothing is proven. `layers` by composites; a layer of its own leaves it out. */
  certify?(): Promise<LipschitzBounds & { readonly layers?: readonly LayerCertificate[] }>;
  enforce?(): Promise<void>;
}

/**
 * Makes a layer from its definition: adds the shape checks, frees intermediate tensors, skips log-dets nobody
 * asked for and reports results to `context.observe`.
 *
 * @throws ArgumentError where a parameter and a state variable have one name.
 * @throws ShapeError naming layer, argument, expected and received shape, on every call with a wrong batch.
 */
export function defineBijection(definition: BijectionDefinition): Bijection {
  const { name, inputShape, outputShape } = definition;
  checkShape(`${name}.inputShape`, inputShape);
  checkShape(`${name}.outputShape`, outputShape);
  const { parameters = {}, state = {} } = definition;
  const both = Object.keys(parameters).find((key) => Object.hasOwn(state, key));
  if (both !== undefined) fail(name, "different names for parameters and state", both);

  const at = (context: AnyContext) => (context.path ? `${name} (${context.path})` : name);

  const report = (
    context: AnyContext,
    direction: Observation["direction"],
    tensor: Observation["tensor"],
    value: Tensor,
  ) => context.observe?.({ path: context.path ?? "", layer: name, direction, tensor, value });

  const evaluate = (
    direction: "forward" | "inverse",
    input: Tensor,
    context: AnyContext,
    run: () => { value: Tensor; logDet: () => Tensor },
  ): { value: Tensor; logDet?: Tensor } => {
    const [from, to, fromShape, toShape] =
      direction === "forward"
        ? (["x", "y", inputShape, outputShape] as const)
        : (["y", "x", outputShape, inputShape] as const);
    checkBatch(`${at(context)}.${direction} ${from}`, input, fromShape);
    return tidy(() => {
      const result = run();
      // An identity may hand back its input; the caller must be able to dispose of one without the other.
      const value = result.value === input ? clone(result.value) : result.value;
      checkBatch(`${at(context)}.${direction} result ${to}`, value, toShape);
      report(context, direction, to, value);
      if (context.logDet === "skip") return { value };
      const logDet = result.logDet();
      checkBatch(`${at(context)}.${direction} result logDet`, logDet, []);
      report(context, direction, "logDet", logDet);
      return { value, logDet };
    });
  };

  const checkHasInverse = (method: string) => {
    if (definition.traits?.inverse === "none")
      throw new UnsupportedError(
        `${name}.${method}: expected a layer with an inverse, received one whose trait says it has none`,
      );
  };

  function forward(x: Tensor, context: CallContext): { y: Tensor; logDet: Tensor };
  function forward(x: Tensor, context: ValueContext): { y: Tensor };
  function forward(x: Tensor, context: AnyContext): { y: Tensor; logDet?: Tensor };
  function forward(x: Tensor, context: AnyContext): { y: Tensor; logDet?: Tensor } {
    const { value: y, logDet } = evaluate("forward", x, context, () => {
      const { y, logDet } = definition.forward(x, context);
      return { value: y, logDet };
    });
    return logDet === undefined ? { y } : { y, logDet };
  }

  function inverse(y: Tensor, context: CallContext): { x: Tensor; logDet: Tensor };
  function inverse(y: Tensor, context: ValueContext): { x: Tensor };
  function inverse(y: Tensor, context: AnyContext): { x: Tensor; logDet?: Tensor };
  function inverse(y: Tensor, context: AnyContext): { x: Tensor; logDet?: Tensor } {
    checkHasInverse("inverse");
    const { value: x, logDet } = evaluate("inverse", y, context, () => {
      const { x, logDet } = definition.inverse(y, context);
      return { value: x, logDet };
    });
    return logDet === undefined ? { x } : { x, logDet };
  }

  return Object.freeze({
    spec: "bijection/1",
    name,
    inputShape: Object.freeze([...inputShape]),
    outputShape: Object.freeze([...outputShape]),
    traits: Object.freeze({
      logDet: "exact",
      logDetBias: definition.traits?.logDet === "biased" ? Infinity : 0,
      inverse: "analytic",
      likelihood: "exact",
      ...definition.traits,
    }),
    parameters: Object.freeze({ ...definition.parameters }),
    state: Object.freeze({ ...definition.state }),
    config: definition.config,
    forward,
    inverse,
    async solveInverse(y: Tensor, context: SolveContext): Promise<Solved> {
      checkBatch(`${at(context)}.solveInverse y`, y, outputShape);
      checkHasInverse("solveInverse");
      if (!definition.solveInverse) return { x: inverse(y, context).x, evidence: [] };
      const solved = await definition.solveInverse(y, context);
      try {
        checkBatch(`${at(context)}.solveInverse result x`, solved.x, inputShape);
        report(context, "inverse", "x", solved.x);
      } catch (error) {
        dispose(solved.x);
        throw error;
      }
      return solved;
    },
    async initialise(x: Tensor, context: ValueContext): Promise<void> {
      checkBatch(`${at(context)}.initialise x`, x, inputShape);
      await definition.initialise?.(x, context);
    },
    async refresh(options: RefreshOptions): Promise<void> {
      await definition.refresh?.(options);
    },
    async certify(): Promise<Certificate> {
      const { forward = Infinity, inverse = Infinity, layers } = (await definition.certify?.()) ?? {};
      return { forward, inverse, layers: layers ?? [{ path: "", layer: name, forward, inverse }] };
    },
    async enforce(): Promise<void> {
      await definition.enforce?.();
    },
  } as const);
}
