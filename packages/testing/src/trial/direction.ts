import type { Call } from "@invertible/bijection";
import type { Shape, Tensor } from "@invertible/ops";
import type { Sampler } from "./options.ts";
import type { Trial } from "./trial.ts";

/** What a direction gives: a log-det only where the bijection has one. */
export type Results = { readonly value: Tensor; readonly logDet?: Tensor };

/** Forward and inverse in the same words, so that laws about one hold for both. */
export interface Direction {
  readonly name: "forward" | "inverse";
  /** What its input is called. */
  readonly from: "x" | "y";
  readonly fromShape: Shape;
  readonly toShape: Shape;
  /** Typical inputs. */
  readonly sample: Sampler;
  /** Without a log-det. The caller frees the result. */
  value(input: Tensor, call: Call): Tensor;
  /** Everything that the direction gives. The caller frees it. */
  results(input: Tensor, call: Call): Results;
}

/** Forward, and inverse where there is one. */
export function directions(trial: Trial): Direction[] {
  const { inverse } = trial.bijection.traits;
  return inverse === "none" ? [forwardOf(trial)] : [forwardOf(trial), inverseOf(trial)];
}

/** `bijection.forward` in the words of a direction. */
export function forwardOf({ bijection, sample }: Trial): Direction {
  return {
    name: "forward",
    from: "x",
    fromShape: bijection.inputShape,
    toShape: bijection.outputShape,
    sample,
    value: (x, call) => bijection.forward(x, call),
    results: (x, call) => {
      if (bijection.traits.logDet === "none") return { value: bijection.forward(x, call) };
      const { y, logDet } = bijection.forwardAndLogDet(x, call);
      return { value: y, logDet };
    },
  };
}

/** `bijection.inverse` likewise. */
export function inverseOf({ bijection, sampleOutput }: Trial): Direction {
  return {
    name: "inverse",
    from: "y",
    fromShape: bijection.outputShape,
    toShape: bijection.inputShape,
    sample: sampleOutput,
    value: (y, call) => bijection.inverse(y, call),
    results: (y, call) => {
      if (bijection.traits.logDet === "none") return { value: bijection.inverse(y, call) };
      const { x, logDet } = bijection.inverseAndLogDet(y, call);
      return { value: x, logDet };
    },
  };
}
