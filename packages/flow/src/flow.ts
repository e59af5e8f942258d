import { add, checkBetween, checkPositiveInteger, fail, prefixed, sizeOf, tidy } from "@invertible/ops";
import type { NamedVariables, Random, Tensor } from "@invertible/ops";
import { childContext } from "@invertible/bijection";
import type {
  Bijection,
  CallContext,
  Certificate,
  RefreshOptions,
  Solved,
  SolveContext,
  Traits,
  ValueContext,
} from "@invertible/bijection";
import type { BaseDistribution } from "./base-distribution.ts";

/** How an iterative inverse is solved: tolerance, cap, method, and what happens at the cap. */
export type SolveOptions = Pick<
  SolveContext,
  "tolerance" | "maxIterations" | "method" | "onCap" | "observe" | "condition"
> & {
  readonly random: Random;
};

/** A bijection from data to latents with a density on the latents. */
export interface Flow {
  readonly bijection: Bijection;
  readonly base: BaseDistribution;
  /** Trained: the bijection's under "bijection.", the base's under "base.". */
  readonly parameters: NamedVariables;
  /** Persisted, not trained, under "bijection.". */
  readonly state: NamedVariables;
  readonly traits: Traits;
  /** Number of elements of one example. */
  readonly dimension: number;
  /**
   * log p(x) = log p_base(f(x)) + log|det df/dx|, in nats; x [B, ...inputShape] -> [B]. As exact as `traits` says:
   * an estimate where `traits.logDet` is not "exact", a lower bound where `traits.likelihood` is "lower-bound".
   */
  logProb(x: Tensor, context: CallContext): Tensor;
  /** Draws z from the base and inverts. `temperature` (default 1) scales the base's standard deviations. */
  sample(count: number, options: SolveOptions & { readonly temperature?: number }): Promise<Solved>;
  /** f^-1(f(x)), with the evidence of the inverse. Dequantisation adds its noise on the way and rounds on the way back. */
  reconstruct(x: Tensor, options: SolveOptions): Promise<Solved>;
  /** Data-dependent start of every layer, from one batch of data. */
  initialise(x: Tensor, context: ValueContext): Promise<void>;
  /** Updates state that follows the parameters, such as power-iteration vectors. */
  refresh(options: RefreshOptions): Promise<void>;
  /**
   * Proves bi-Lipschitz bounds of the map between data and latents, and of every layer, from the present weights. Paths begin with
   * "bijection", as the names of parameters do.
   */
  certify(): Promise<Certificate>;
  /** Scales weights down, where needed, until every Lipschitz constant that a layer claims is proven. */
  enforce(): Promise<void>;
}

/**
 * A normalizing flow from a bijection (data -> latent) and a base density on its output.
 *
 * @throws ArgumentError where the base's shape is not the bijection's output shape.
 */
export function createFlow({
  bijection,
  base,
}: {
  readonly bijection: Bijection;
  readonly base: BaseDistribution;
}): Flow {
  const { inputShape, outputShape } = bijection;
  if (outputShape.length !== base.shape.length || outputShape.some((size, axis) => size !== base.shape[axis]))
    fail(`createFlow: ${bijection.name} -> ${base.name}`, `[${outputShape.join(", ")}]`, base.shape);

  /** Inverts z and disposes of it. */
  const solve = async (z: Tensor, options: SolveOptions): Promise<Solved> => {
    try {
      const context: SolveContext = { ...options, training: false, logDet: "skip" };
      return await bijection.solveInverse(z, childContext(context, "bijection"));
    } finally {
      z.dispose();
    }
  };

  return Object.freeze({
    bijection,
    base,
    parameters: Object.freeze({
      ...prefixed("bijection", bijection.parameters),
      ...prefixed("base", base.parameters),
    }),
    state: Object.freeze(prefixed("bijection", bijection.state)),
    traits: bijection.traits,
    dimension: sizeOf(inputShape),
    logProb: (x, context) =>
      tidy(() => {
        const { y: z, logDet } = bijection.forward(x, childContext(context, "bijection"));
        return add(base.logProb(z), logDet);
      }),
    async sample(count, { temperature = 1, ...options }) {
      checkPositiveInteger("flow.sample count", count);
      checkBetween("flow.sample temperature", temperature, 0, Infinity);
      return solve(base.sample(count, { random: options.random.fold("base"), temperature }), options);
    },
    async reconstruct(x, options) {
      const context: ValueContext = { ...options, training: false, logDet: "skip" };
      return solve(bijection.forward(x, childContext(context, "bijection")).y, options);
    },
    initialise: (x, context) => bijection.initialise(x, childContext(context, "bijection")),
    refresh: (options) => bijection.refresh(options),
    async certify() {
      const { layers, ...bounds } = await bijection.certify();
      const place = (path: string) => (path === "" ? "bijection" : `bijection.${path}`);
      return { ...bounds, layers: layers.map((layer) => ({ ...layer, path: place(layer.path) })) };
    },
    enforce: () => bijection.enforce(),
  } satisfies Flow);
}

/** Frees every parameter and state variable of a flow. It cannot be used afterwards. */
export function disposeFlow(flow: Flow): void {
  for (const variable of [...Object.values(flow.parameters), ...Object.values(flow.state)])
    if (!variable.isDisposed) variable.dispose();
}
