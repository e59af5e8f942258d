import { checkRandom } from "@invertible/ops";
import { checkPositiveInteger, fail } from "@invertible/errors";
import type { Random, Tensor } from "@invertible/ops";
import type { StateUpdates } from "./state-updates.ts";

/**
 * The optional last argument of `forward`, `inverse` and their relatives. A layer that lacks something it needs, such as
 * `random`, throws an ArgumentError that says so.
 */
export interface Call {
  /**
   * A key for random numbers, needed by layers that draw some. It is not a stream: the same call gives the same numbers. A
   * composite derives a key of its own for each part.
   */
  readonly random?: Random;
  /** Whether this call is part of a training step. Default false. */
  readonly training?: boolean;
  /**
   * What conditional layers see beside their input, [B, ...]. A single row [1, ...] holds for every example of the batch.
   */
  readonly condition?: Tensor;
  /**
   * The number of steps of every iterative inverse in `inverse` and `inverseAndLogDet`, a positive integer. Default: what each layer's own
   * tolerance needs. Layers with an analytic inverse ignore it.
   */
  readonly inverseSteps?: number;
  /**
   * Collects what layers want their state to be after this training step, such as running statistics. Without it, a call in training
   * leaves nothing behind. `collectStateUpdates` makes one.
   */
  readonly stateUpdates?: Pick<StateUpdates, "propose">;
  /** Observes the results of every layer, for diagnosis. */
  readonly trace?: Trace;
}

/** Where a call stands in a model, and who observes its results. A composite extends the path by the key of each part. */
export interface Trace {
  /** Place of the called layer in the model, as in parameter names: "3.inner.0". Empty for the outermost bijection. */
  readonly path: string;
  /**
   * Called with every value and log-det, as soon as it is known. The tensors are valid only during the call; clone what must
   * live longer.
   */
  readonly observe?: (observation: Observation) => void;
}

/** One result of one layer, as `Trace.observe` receives it. */
export interface Observation {
  /** Place of the layer in the model: "3.inner.0". */
  readonly path: string;
  /** Name of the layer type: "actNorm". */
  readonly layer: string;
  /** The direction that was evaluated. */
  readonly direction: "forward" | "inverse";
  /** Which result this is: "y" or "logDet" of the forward direction, "x" or "logDet" of the inverse. */
  readonly tensor: "x" | "y" | "logDet";
  /** The result itself. It is disposed of after the call. */
  readonly value: Tensor;
}

/** What the author of a layer receives: the caller's `Call` with its defaults filled in. */
export interface LayerCall {
  /**
   * The caller's key for random numbers.
   *
   * @throws ArgumentError when a layer reads it and the caller passed none.
   */
  readonly random: Random;
  /** Whether this call is part of a training step. */
  readonly training: boolean;
  /** What the layer may condition on, as the caller passed it. Read it by `readCondition`, which checks and repeats rows. */
  readonly condition: Tensor | undefined;
  /**
   * The number of steps that the caller wants an iterative inverse to make, if any.
   *
   * @throws ArgumentError when a layer reads it and it is not a positive integer.
   */
  readonly inverseSteps?: number | undefined;
  /** Where a layer proposes its state after a training step. Undefined where the caller wants none. */
  readonly stateUpdates?: Pick<StateUpdates, "propose"> | undefined;
  /** Place in the model, as in parameter names: "3.inner". Empty for the outermost bijection. */
  readonly path: string;
  /** Layer, place and method, for the start of error messages: "residualBlock (3.inner).forward". */
  readonly where: string;
}

/** Fills in the defaults of a call, for the author of the layer. */
export function layerCall(layer: string, method: string, call: Call): LayerCall {
  const where = `${placeOf(layer, call.trace?.path)}.${method}`;
  return {
    get random() {
      if (call.random === undefined) fail(where, needsRandom, "none");
      checkRandom(`${where}: call.random`, call.random);
      return call.random;
    },
    training: call.training ?? false,
    condition: call.condition,
    get inverseSteps() {
      if (call.inverseSteps !== undefined)
        checkPositiveInteger(`${where}: call.inverseSteps`, call.inverseSteps);
      return call.inverseSteps;
    },
    stateUpdates: call.stateUpdates,
    path: call.trace?.path ?? "",
    where,
  };
}

const needsRandom =
  "call.random, because this layer draws random numbers; pass { random: createRandom(seed) }";

/** Names a layer with its place in the model, for error messages: "residualBlock (3.inner)". Without a place, just the name. */
export function placeOf(layer: string, path = ""): string {
  return path === "" ? layer : `${layer} (${path})`;
}

/**
 * Makes the call that a composite hands to one of its parts. The part gets its own random key and its own path. `key` is also
 * the part's prefix in parameter names, so paths and names agree.
 */
export function childCall<C extends Call>(call: C, key: string): C {
  const { random, trace } = call;
  const path = trace === undefined || trace.path === "" ? key : `${trace.path}.${key}`;
  return { ...call, ...(random && { random: random.fold(key) }), trace: { ...trace, path } };
}
