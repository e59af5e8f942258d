import {
  ArgumentError,
  checkBetween,
  checkMembers,
  checkOptions,
  checkPositiveInteger,
  explainOutOfMemory,
  fail,
} from "@invertible/errors";
import { add, checkRandom, prefixed, sizeOf, tidy } from "@invertible/ops";
import type { NamedVariables, Random, Tensor } from "@invertible/ops";
import {
  certify,
  checkBijection,
  childCall,
  enforce,
  initialise,
  isFresh,
  layerWithoutLogDet,
  placeOf,
  refresh,
  solveInverse,
} from "@invertible/bijection";
import type {
  Bijection,
  Call,
  Certificate,
  LipschitzControl,
  RefreshOptions,
  SolveCall,
  Solved,
  Traits,
} from "@invertible/bijection";
import type { BaseDistribution } from "./bases/base-distribution.ts";
import { finiteSamples } from "./finite-samples.ts";
import { checkInUse, disposeModel } from "./model.ts";

/** Options of `flow.sample`: how to draw from the base, and how to solve an iterative inverse. */
export interface SampleCall extends Omit<SolveCall, "training" | "stateUpdates"> {
  /** Key for the draws. The same key gives the same samples. */
  readonly random: Random;
  /** Multiplies the standard deviations of the base. Above 0; default 1. */
  readonly temperature?: number;
}

/** The traits of a flow: those of its bijection, which has a log-det. */
export interface FlowTraits extends Traits {
  readonly logDet: Exclude<Traits["logDet"], "none">;
}

/**
 * A normalizing flow: a bijection from data to latents, and a density on the latents. Together they give a density on the data.
 */
export interface Flow extends LipschitzControl<Certificate> {
  /**
   * Brings the state that follows the weights up to date in every layer. Call it after you have changed weights. Without
   * options, every estimate is iterated until it changes by less than 1e-4 of itself.
   */
  refresh(options?: RefreshOptions): Promise<void>;
  /** The map from data to latents. */
  readonly bijection: Bijection;
  /** The density of the latents. */
  readonly base: BaseDistribution;
  /** The variables that training changes: those of the bijection under "bijection.", those of the base under "base.". */
  readonly parameters: NamedVariables;
  /** The variables that are saved but not trained, under "bijection.". */
  readonly state: NamedVariables;
  /** What a caller may rely on. They are the traits of the bijection. */
  readonly traits: FlowTraits;
  /** Number of elements of one example. */
  readonly dimension: number;
  /**
   * Computes log p(x) = log p_base(f(x)) + log|det df/dx|, in nats. x [B, ...inputShape], result [B]. Where `traits.logDet` is
   * not "exact" the result is an estimate, and where `traits.likelihood` is "lower-bound" it is a lower bound.
   *
   * @throws OutOfMemoryError for more examples than fit into the memory of the backend at once.
   */
  logProb(x: Tensor, call?: Call): Tensor;
  /**
   * Draws `count` latents from the base and inverts them. The result has x [count, ...inputShape] and the evidence of the
   * inverse.
   *
   * @throws NonFiniteError naming the layer and the variable, if a draw meets NaN or infinity because a variable holds it.
   * @throws OutOfMemoryError for more samples than fit into the memory of the backend at once.
   */
  sample(count: number, call: SampleCall): Promise<Solved>;
  /**
   * Maps x to its latents and back, f^-1(f(x)), with the evidence of the inverse. Dequantisation adds its noise on the way
   * there and rounds on the way back.
   */
  reconstruct(x: Tensor, call?: Omit<SolveCall, "training" | "stateUpdates">): Promise<Solved>;
  /** Sets up every layer that has a data-dependent start, from one batch of data x [B, ...inputShape]. */
  initialise(x: Tensor, call?: Call): Promise<void>;
  /**
   * Proves Lipschitz bounds of the map from data to latents and of its inverse, and those of every layer, from the weights as
   * they are now. Paths begin with "bijection", like the names of parameters.
   */
  certify(): Promise<Certificate>;
  /** Whether the estimates of every layer belong to its weights as they are now. False after weights moved without a refresh. */
  isFresh(): boolean;
}

/**
 * Makes a normalizing flow from a bijection, which maps data to latents, and a density on its output.
 *
 * @throws ArgumentError where the shape of the base is not the output shape of the bijection, and for a bijection without a log-det,
 * naming the layer that has none.
 */
export function createFlow(options: {
  readonly bijection: Bijection;
  readonly base: BaseDistribution;
}): Flow {
  checkOptions("createFlow", options, { bijection: "required", base: "required" });
  const { bijection, base } = options;
  checkBijection("createFlow.bijection", bijection);
  checkMembers("createFlow.base", "a density such as standardNormal({ shape })", base, [
    "logProb",
    "sample",
    "shape",
  ]);
  const { inputShape, outputShape, traits } = bijection;
  if (!haveLogDet(traits)) failWithoutLogDet(bijection);
  if (outputShape.length !== base.shape.length || outputShape.some((size, axis) => size !== base.shape[axis]))
    fail(`createFlow: ${bijection.name} -> ${base.name}`, `[${outputShape.join(", ")}]`, base.shape);

  const within = <C extends Call>(call: C) => childCall(call, "bijection");
  /** Inverts the latents z, and disposes of them. */
  const solve = (z: Tensor, call: SolveCall): Promise<Solved> =>
    solveInverse(bijection, z, within(call)).finally(() => z.dispose());

  const parameters = Object.freeze({
    ...prefixed("bijection", bijection.parameters),
    ...prefixed("base", base.parameters),
  });
  const state = Object.freeze(prefixed("bijection", bijection.state));
  const inUse = (method: string) => checkInUse(`flow.${method}`, "a flow", { parameters, state });

  return Object.freeze({
    bijection,
    base,
    parameters,
    state,
    traits,
    dimension: sizeOf(inputShape),
    logProb(x, call = {}) {
      inUse("logProb");
      try {
        return tidy(() => {
          const { y: z, logDet } = bijection.forwardAndLogDet(x, within(call));
          return add(base.logProb(z), logDet);
        });
      } catch (error) {
        throw explainOutOfMemory(
          error,
          tooLarge("logProb", () => x.shape[0]!),
        );
      }
    },
    async sample(count, { temperature = 1, ...call } = {} as SampleCall) {
      inUse("sample");
      checkPositiveInteger("flow.sample count", count);
      checkBetween("flow.sample temperature", temperature, 0, Infinity);
      checkRandom("flow.sample: call.random", call.random);
      try {
        return await finiteSamples({ bijection, base }, call, (watched) =>
          solve(base.sample(count, { random: call.random.fold("base"), temperature }), watched),
        );
      } catch (error) {
        throw explainOutOfMemory(
          error,
          tooLarge("sample", () => count),
        );
      }
    },
    async reconstruct(x, call = {}) {
      inUse("reconstruct");
      try {
        return await solve(bijection.forward(x, within(call)), call);
      } catch (error) {
        throw explainOutOfMemory(
          error,
          tooLarge("reconstruct", () => x.shape[0]!),
        );
      }
    },
    async initialise(x, call = {}) {
      inUse("initialise");
      await initialise(bijection, x, within(call));
    },
    async refresh(options) {
      inUse("refresh");
      await refresh(bijection, options);
    },
    async certify() {
      inUse("certify");
      return certify(bijection, "bijection");
    },
    async enforce() {
      inUse("enforce");
      await enforce(bijection);
    },
    isFresh() {
      inUse("isFresh");
      return isFresh(bijection);
    },
  } satisfies Flow);
}

function haveLogDet(traits: Traits): traits is FlowTraits {
  return traits.logDet !== "none";
}

function failWithoutLogDet(bijection: Bijection): never {
  const { layer, path } = layerWithoutLogDet(bijection)!;
  throw new ArgumentError(
    `createFlow.bijection: expected layers with a log-det, which a density needs, received ${placeOf(layer.name, path)}, ` +
      `whose trait says it has none`,
  );
}

const tooLarge = (method: string, examples: () => number) => ({
  where: `flow.${method}`,
  examples,
  remedy: "split them into several calls",
});

/**
 * Checks that a value is a flow that can still be used.
 *
 * @throws ArgumentError unless the value is a flow whose variables exist.
 */
export function checkFlow(where: string, value: Flow): void {
  checkMembers(where, "a flow made by createFlow", value, ["logProb", "sample", "bijection", "parameters"]);
  checkInUse(where, "a flow", value);
}

/** Frees every parameter and state variable of a flow. The flow cannot be used afterwards. */
export function disposeFlow(flow: Flow): void {
  disposeModel(flow);
}
