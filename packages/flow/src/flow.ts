import { checkBetween, checkPositiveInteger, fail } from "@invertible/errors";
import { add, prefixed, sizeOf, tidy } from "@invertible/ops";
import type { NamedVariables, Random, Tensor } from "@invertible/ops";
import { certify, childCall, enforce, initialise, refresh, solveInverse } from "@invertible/bijection";
import type {
  Bijection,
  Call,
  Certificate,
  LipschitzControl,
  SolveCall,
  Solved,
  Traits,
} from "@invertible/bijection";
import type { BaseDistribution } from "./bases/base-distribution.ts";
import { finiteSamples } from "./finite-samples.ts";

/** A draw from the base, and how an iterative inverse is solved. */
export interface SampleCall extends Omit<SolveCall, "training"> {
  readonly random: Random;
  /** Scales the base's standard deviations. Default 1. */
  readonly temperature?: number;
}

/** A bijection from data to latents with a density on the latents. */
export interface Flow extends LipschitzControl<Certificate> {
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
  logProb(x: Tensor, call?: Call): Tensor;
  /**
   * Draws z from the base and inverts.
   * @throws NonFiniteError naming the layer and the variable, where a draw meets NaN or infinity because a variable holds it.
   */
  sample(count: number, call: SampleCall): Promise<Solved>;
  /** f^-1(f(x)), with the evidence of the inverse. Dequantisation adds its noise on the way and rounds on the way back. */
  reconstruct(x: Tensor, call?: Omit<SolveCall, "training">): Promise<Solved>;
  /** Data-dependent start of every layer, from one batch of data. */
  initialise(x: Tensor, call?: Call): Promise<void>;
  /**
   * Proves bi-Lipschitz bounds of the map between data and latents, and of every layer, from the present weights. Paths begin with
   * "bijection", as the names of parameters do.
   */
  certify(): Promise<Certificate>;
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

  const within = <C extends Call>(call: C) => childCall(call, "bijection");
  /** Inverts z and disposes of it. */
  const solve = (z: Tensor, call: SolveCall): Promise<Solved> =>
    solveInverse(bijection, z, within(call)).finally(() => z.dispose());

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
    logProb: (x, call = {}) =>
      tidy(() => {
        const { y: z, logDet } = bijection.forwardAndLogDet(x, within(call));
        return add(base.logProb(z), logDet);
      }),
    async sample(count, { temperature = 1, ...call }) {
      checkPositiveInteger("flow.sample count", count);
      checkBetween("flow.sample temperature", temperature, 0, Infinity);
      return finiteSamples({ bijection, base }, call, (watched) =>
        solve(base.sample(count, { random: call.random.fold("base"), temperature }), watched),
      );
    },
    reconstruct: async (x, call = {}) => solve(bijection.forward(x, within(call)), call),
    initialise: (x, call = {}) => initialise(bijection, x, within(call)),
    refresh: (options) => refresh(bijection, options),
    async certify() {
      const { layers, ...bounds } = await certify(bijection);
      const place = (path: string) => (path === "" ? "bijection" : `bijection.${path}`);
      return { ...bounds, layers: layers.map((layer) => ({ ...layer, path: place(layer.path) })) };
    },
    enforce: () => enforce(bijection),
  } satisfies Flow);
}

/** Frees every parameter and state variable of a flow. It cannot be used afterwards. */
export function disposeFlow(flow: Flow): void {
  for (const variable of [...Object.values(flow.parameters), ...Object.values(flow.state)])
    if (!variable.isDisposed) variable.dispose();
}
