import { chainParts, childContext, splitParts } from "@invertible/bijection";
import type { Bijection, CallContext, SplitParts } from "@invertible/bijection";
import { add, clone, dispose, keep, mul, sum, valueAndGradients } from "@invertible/ops";
import type { Tensor, Variable } from "@invertible/ops";
import type { Backward } from "./backward.ts";
import type { HeldTensors } from "./held-tensors.ts";
import { recomputeInput } from "./recompute-input.ts";

/** What one walk through a bijection and back shares. */
export interface Walk {
  readonly held: HeldTensors;
  /** Whether a layer's input is kept from the way there, rather than computed from its output on the way back. */
  keepsInput(layer: Bijection): boolean;
  /** w [B]: the loss has the terms w_b logDet_b. */
  readonly logDetWeights: Tensor;
  /** Filled on the way back. Held. */
  readonly gradients: Map<Variable, Tensor>;
  /** Of every layer, [B] each, in no order. Held. */
  readonly logDets: Tensor[];
}

/** Before the walk there. */
export function createWalk(
  held: HeldTensors,
  logDetWeights: Tensor,
  backward: Exclude<Backward, "whole">,
): Walk {
  return {
    held,
    keepsInput: ({ traits }) =>
      backward === "per-block" || traits.inverse === "none" || traits.likelihood === "lower-bound",
    logDetWeights,
    gradients: new Map(),
    logDets: [],
  };
}

/** Somewhere between two layers: the value there, and the gradient of the loss for it. Both held. */
export interface Junction {
  readonly value: Tensor;
  readonly gradient: Tensor;
}

/** A bijection that was evaluated off the tape. */
export interface Walked {
  /** f(x). Held. */
  readonly y: Tensor;
  /**
   * From y and dy to x and dx, releasing the former. The parameters inside get their gradients of <dy, f(x)> + sum_b w_b logDet_b.
   * Returns undefined where dx is not wanted; is undefined where there is not even a parameter inside.
   */
  readonly back: ((output: Junction) => Promise<Junction | undefined>) | undefined;
}

/**
 * Goes through a bijection, layer by layer, in order to come back: nested chains and splits are opened, everything else is one
 * layer. Releases x.
 */
export function walkThere(
  walk: Walk,
  bijection: Bijection,
  x: Tensor,
  context: CallContext,
  wantsInputGradient: boolean,
): Walked {
  const parts = chainParts(bijection);
  if (parts[0] !== bijection) return throughChain(walk, parts, x, context, wantsInputGradient);
  const apart = splitParts(bijection);
  if (apart) return throughSplit(walk, apart, x, context, wantsInputGradient);
  return throughLayer(walk, bijection, x, context, wantsInputGradient);
}

function throughChain(
  walk: Walk,
  parts: readonly Bijection[],
  x: Tensor,
  context: CallContext,
  wantsInputGradient: boolean,
): Walked {
  let wanted = wantsInputGradient;
  let y = x;
  const backs = parts.map((part, i) => {
    const walked = walkThere(walk, part, y, childContext(context, String(i)), wanted);
    y = walked.y;
    wanted ||= isTrained(part);
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

function throughSplit(
  walk: Walk,
  { inner, staying, combine, innerOutput, join }: SplitParts,
  x: Tensor,
  context: CallContext,
  wantsInputGradient: boolean,
): Walked {
  const { held } = walk;
  const start = held.hold(() => staying(x));
  const { y: innerY, back } = walkThere(
    walk,
    inner,
    start,
    childContext(context, "inner"),
    wantsInputGradient,
  );
  const y = held.hold(() => combine(x, innerY));
  held.release(innerY);
  held.release(x);
  if (!back) return { y, back };
  return {
    y,
    async back(output) {
      const stayed = await back({
        value: held.hold(() => innerOutput(output.value)),
        gradient: held.hold(() => innerOutput(output.gradient)),
      });
      const input = stayed && {
        value: held.hold(() => join(output.value, stayed.value)),
        gradient: held.hold(() => join(output.gradient, stayed.gradient)),
      };
      releaseBoth(held, output);
      if (stayed) releaseBoth(held, stayed);
      return input;
    },
  };
}

function throughLayer(
  walk: Walk,
  layer: Bijection,
  x: Tensor,
  context: CallContext,
  wantsInputGradient: boolean,
): Walked {
  const { held, logDets } = walk;
  if (!wantsInputGradient && !isTrained(layer)) {
    const [y, logDet] = held.hold(() => {
      const result = layer.forward(x, context);
      return [result.y, result.logDet] as const;
    });
    logDets.push(logDet);
    held.release(x);
    return { y, back: undefined };
  }
  // Kept too where nothing before the layer needs it: recomputing it would cost an inverse for this layer alone.
  const kept = !wantsInputGradient || walk.keepsInput(layer) ? x : undefined;
  const y = held.hold(() => layer.forward(x, { ...context, logDet: "skip" }).y);
  if (!kept) held.release(x);
  return {
    y,
    async back(output) {
      const value = kept ?? (await recomputeInput(layer, output.value, context, held));
      const gradient = differentiateLayer(walk, layer, value, output.gradient, context, wantsInputGradient);
      releaseBoth(held, output);
      if (gradient) return { value, gradient };
      held.release(value);
      return undefined;
    },
  };
}

/** Adds the layer's gradients and log-det to the walk; returns dx where it is wanted. */
function differentiateLayer(
  { held, logDetWeights, gradients, logDets }: Walk,
  layer: Bijection,
  x: Tensor,
  dy: Tensor,
  context: CallContext,
  wantsInputGradient: boolean,
): Tensor | undefined {
  const variables = Object.values(layer.parameters);
  let kept: Tensor | undefined;
  const results = held.hold(() => {
    try {
      const loss = () => {
        const { y, logDet } = layer.forward(x, context);
        kept = keep(clone(logDet));
        return add(sum(mul(y, dy)), sum(mul(logDet, logDetWeights)));
      };
      const { gradients } = valueAndGradients(loss, wantsInputGradient ? [x, ...variables] : variables);
      return [clone(kept!), ...gradients];
    } finally {
      dispose(kept ?? []);
    }
  });
  const [logDet, ...own] = results as [Tensor, ...Tensor[]];
  logDets.push(logDet);
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
