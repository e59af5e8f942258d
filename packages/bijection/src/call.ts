import { fail } from "@invertible/errors";
import type { Random, Tensor } from "@invertible/ops";

/** Everything a call may need. All of it is optional: a layer that draws random numbers says clearly that it needs `random`. */
export interface Call {
  /** A key, not a stream: the same call gives the same numbers. Composites hand each part its own fold. */
  readonly random?: Random;
  /** Default false. */
  readonly training?: boolean;
  /** What conditional layers see beside their input, [B, ...]. */
  readonly condition?: Tensor;
  /** For diagnosis. Composites extend its path. */
  readonly trace?: Trace;
}

export interface Trace {
  /** Where this call stands in the model, as in parameter names: "3.inner.0". */
  readonly path: string;
  /** Called with every result; tensors are only valid during the call. */
  readonly observe?: (observation: Observation) => void;
}

export interface Observation {
  readonly path: string;
  readonly layer: string;
  readonly direction: "forward" | "inverse";
  readonly tensor: "x" | "y" | "logDet";
  readonly value: Tensor;
}

/** What a layer's author is given: the caller's `Call` with its defaults filled in. */
export interface LayerCall {
  /** @throws ArgumentError, when it is read, where the caller passed none. */
  readonly random: Random;
  readonly training: boolean;
  readonly condition: Tensor | undefined;
  /** Place in the model, as in parameter names: "3.inner"; "" for the outermost. */
  readonly path: string;
  /** For error messages: "residualBlock (3.inner).forward". */
  readonly where: string;
}

export function layerCall(layer: string, method: string, call: Call): LayerCall {
  const where = `${placeOf(layer, call.trace?.path)}.${method}`;
  return {
    get random() {
      return call.random ?? fail(where, needsRandom, "none");
    },
    training: call.training ?? false,
    condition: call.condition,
    path: call.trace?.path ?? "",
    where,
  };
}

const needsRandom =
  "call.random, because this layer draws random numbers; pass { random: createRandom(seed) }";

/** A layer and its place in the model: "residualBlock (3.inner)"; the layer alone where the path is empty. */
export function placeOf(layer: string, path = ""): string {
  return path === "" ? layer : `${layer} (${path})`;
}

/**
 * The call that a composite hands to one of its parts: the part's own random key and its place in the model. `key` is the
 * part's prefix in parameter names, so that paths and names agree.
 */
export function childCall<C extends Call>(call: C, key: string): C {
  const { random, trace } = call;
  const path = trace === undefined || trace.path === "" ? key : `${trace.path}.${key}`;
  return { ...call, ...(random && { random: random.fold(key) }), trace: { ...trace, path } };
}
