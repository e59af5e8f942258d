import { childCall } from "@invertible/bijection";
import type { Bijection, Call, Embedding, Part } from "@invertible/bijection";
import { add, clone, dispose, keep, mul, sum, valueAndGradients } from "@invertible/ops";
import type { Tensor, Variable } from "@invertible/ops";
import type { Backward } from "./backward.ts";
import type { HeldTensors } from "./held-tensors.ts";
import { recomputeInput } from "./recompute-input.ts";

/** What one walk through a bijection and back shares between layers. */
export interface Walk {
  /** Owns the tensors of the walk. */
  readonly held: HeldTensors;
  /** Whether the input of a layer is kept on the way there. If not, it is computed from the layer's output on the way back. */
  keepsInput(layer: Bijection): boolean;
  /** The weights w [B] of the log-dets. The loss contains the terms w_b logDet_b. Undefined where it has none, so that none is computed. */
  readonly logDetWeights: Tensor | undefined;
  /** The gradients of parameters, filled in on the way back. Held. */
  readonly gradients: Map<Variable, Tensor>;
  /** The log-dets [B] of all layers, in no particular order. Held. */
  readonly logDets: Tensor[];
}

/** Prepares a walk. */
export function createWalk(
  held: HeldTensors,
  logDetWeights: Tensor | undefined,
  backward: Exclude<Backward, "whole">,
): Walk {
  return {
    held,
    keepsInput: ({ traits }) =>
      backward === "checkpointed" ||
      traits.inverse === "none" ||
      traits.likelihood === "lower-bound" ||
      // The inverse does not know the statistics of the batch.
      traits.trainingMap === "batch-statistics",
    logDetWeights,
    gradients: new Map(),
    logDets: [],
  };
}

/** A place between two layers: the value there, and the gradient of the loss with respect to it. Both are held. */
export interface Junction {
  readonly value: Tensor;
  readonly gradient: Tensor;
}

/** A bijection that has been evaluated without recording. */
export interface Walked {
  /** The value f(x). Held. */
  readonly y: Tensor;
  /**
   * Goes from y and dy to x and dx, and releases y and dy. The parameters inside get their gradients of <dy, f(x)> + sum_b w_b
   * logDet_b. The result is undefined where dx is not wanted. The function itself is undefined where dx is not wanted and there
   * is no parameter inside.
   */
  readonly back: ((output: Junction) => Promise<Junction | undefined>) | undefined;
}

/**
 * Goes through a bijection, layer by layer, and prepares the way back. Composites are opened, part by part. A part that runs
 * backwards counts as one layer, and its log-det belongs to that direction. Releases x.
 */
export function walkThere(
  walk: Walk,
  bijection: Bijection,
  x: Tensor,
  call: Call,
  wantsInputGradient: boolean,
): Walked {
  if (bijection.parts.length === 0)
    return throughLayer(walk, forwardOf(bijection), x, call, wantsInputGradient);
  let wanted = wantsInputGradient;
  let y = x;
  const backs = bijection.parts.map((part) => {
    const walked = throughPart(walk, part, y, childCall(call, part.key), wanted);
    y = walked.y;
    wanted ||= isTrained(part.bijection);
    return walked.back;
  });
  if (!wanted) return { y, back: undefined };
  return {
    y,
    async back(output) {
      let at: Junction | undefined = output;
      for (const back of [...backs].reverse()) at = at && back ? await back(at) : undefined;
      return at;
    },
  };
}

function throughPart(
  walk: Walk,
  { bijection, direction, embedding }: Part,
  v: Tensor,
  call: Call,
  wantsInputGradient: boolean,
): Walked {
  const through = (x: Tensor) =>
    direction === "inverse"
      ? throughLayer(walk, inverseOf(bijection), x, call, wantsInputGradient)
      : walkThere(walk, bijection, x, call, wantsInputGradient);
  return embedding ? throughEmbedded(walk, embedding, v, through) : through(v);
}

/** Goes through a part with an embedding. The embedding moves gradients in the same way as values. */
function throughEmbedded(
  { held }: Walk,
  { take, put, takeResult, putBack }: Embedding,
  v: Tensor,
  through: (x: Tensor) => Walked,
): Walked {
  const { y, back } = through(held.hold(() => own(take(v), v)));
  const w = held.hold(() => put(v, y));
  held.release(y);
  held.release(v);
  if (!back) return { y: w, back };
  return {
    y: w,
    async back(output) {
      const input = await back({
        value: held.hold(() => own(takeResult(output.value), output.value)),
        gradient: held.hold(() => own(takeResult(output.gradient), output.gradient)),
      });
      const before = input && {
        value: held.hold(() => putBack(output.value, input.value)),
        gradient: held.hold(() => putBack(output.gradient, input.gradient)),
      };
      releaseBoth(held, output);
      if (input) releaseBoth(held, input);
      return before;
    },
  };
}

/** Clones a result that is the argument itself, as an embedding may return it. */
function own(result: Tensor, argument: Tensor): Tensor {
  return result === argument ? clone(result) : result;
}

/** A layer together with the direction in which it runs. */
interface Directed {
  readonly layer: Bijection;
  value(x: Tensor, call: Call): Tensor;
  both(x: Tensor, call: Call): { readonly y: Tensor; readonly logDet: Tensor };
  /** Computes x from y. */
  recompute(y: Tensor, call: Call, held: HeldTensors): Promise<Tensor>;
}

function forwardOf(layer: Bijection): Directed {
  return {
    layer,
    value: (x, call) => layer.forward(x, call),
    both: (x, call) => layer.forwardAndLogDet(x, call),
    recompute: (y, call, held) => recomputeInput(layer, y, call, held),
  };
}

function inverseOf(layer: Bijection): Directed {
  return {
    layer,
    value: (y, call) => layer.inverse(y, call),
    both(y, call) {
      const { x, logDet } = layer.inverseAndLogDet(y, call);
      return { y: x, logDet };
    },
    recompute: async (x, call, held) => held.hold(() => layer.forward(x, call)),
  };
}

function throughLayer(
  walk: Walk,
  directed: Directed,
  x: Tensor,
  call: Call,
  wantsInputGradient: boolean,
): Walked {
  const { held, logDets, logDetWeights } = walk;
  const { layer } = directed;
  if (!wantsInputGradient && !isTrained(layer)) {
    const [y, ...logDet] = held.hold((): [Tensor, ...Tensor[]] => {
      if (logDetWeights === undefined) return [directed.value(x, call)];
      const both = directed.both(x, call);
      return [both.y, both.logDet];
    });
    logDets.push(...logDet);
    held.release(x);
    return { y, back: undefined };
  }
  // The input is also kept where nothing before the layer needs a gradient: recomputing it would cost an inverse for this layer
  // alone.
  const kept = !wantsInputGradient || walk.keepsInput(layer) ? x : undefined;
  const y = held.hold(() => directed.value(x, call));
  if (!kept) held.release(x);
  return {
    y,
    async back(output) {
      const value = kept ?? (await directed.recompute(output.value, call, held));
      const gradient = differentiateLayer(walk, directed, value, output.gradient, call, wantsInputGradient);
      releaseBoth(held, output);
      if (gradient) return { value, gradient };
      held.release(value);
      return undefined;
    },
  };
}

/** Adds the layer's gradients and log-det to the walk, and returns dx where it is wanted. */
function differentiateLayer(
  { held, logDetWeights, gradients, logDets }: Walk,
  { layer, value, both }: Directed,
  x: Tensor,
  dy: Tensor,
  call: Call,
  wantsInputGradient: boolean,
): Tensor | undefined {
  const variables = Object.values(layer.parameters);
  let kept: Tensor | undefined;
  const results = held.hold(() => {
    try {
      const loss = () => {
        if (logDetWeights === undefined) return sum(mul(value(x, call), dy));
        const { y, logDet } = both(x, call);
        kept = keep(clone(logDet));
        return add(sum(mul(y, dy)), sum(mul(logDet, logDetWeights)));
      };
      const { gradients } = valueAndGradients(loss, wantsInputGradient ? [x, ...variables] : variables);
      return kept === undefined ? gradients : [clone(kept), ...gradients];
    } finally {
      dispose(kept ?? []);
    }
  });
  const own = [...results];
  if (logDetWeights !== undefined) logDets.push(own.shift()!);
  const dx = wantsInputGradient ? own.shift() : undefined;
  variables.forEach((variable, i) => {
    const before = gradients.get(variable);
    gradients.set(variable, before ? held.hold(() => add(before, own[i]!)) : own[i]!);
    for (const summand of before ? [before, own[i]!] : []) held.release(summand);
  });
  return dx;
}

function releaseBoth(held: HeldTensors, { value, gradient }: Junction): void {
  held.release(value);
  held.release(gradient);
}

function isTrained(bijection: Bijection): boolean {
  return Object.keys(bijection.parameters).length > 0;
}
