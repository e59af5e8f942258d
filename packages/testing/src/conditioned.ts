import type { AnyContext, Bijection } from "@invertible/bijection";
import { dispose, slice, tidy } from "@invertible/ops";
import type { Random, Tensor } from "@invertible/ops";
import type { Sampler } from "./options.ts";

/** Conditions of the first `batch` examples: the same rows for every size of batch. The caller frees them. */
export type ConditionOf = (batch: number) => Tensor;

/** No law leaves a larger batch without conditions of its own. */
const largestBatch = 64;

export function conditionsFrom(sample: Sampler, random: Random): ConditionOf {
  return (batch) =>
    tidy(() => {
      const all = sample(largestBatch, random);
      return slice(
        all,
        all.shape.map(() => 0),
        [batch, ...all.shape.slice(1)],
      );
    });
}

/** The bijection, with conditions in every context that has none. */
export function conditioned(bijection: Bijection, conditionOf: ConditionOf | undefined): Bijection {
  if (conditionOf === undefined) return bijection;
  const given = <Context extends AnyContext>(input: Tensor, context: Context) => {
    if (context.condition !== undefined) return { context, free: () => undefined };
    const condition = conditionOf(input.shape[0]!);
    return { context: { ...context, condition }, free: () => dispose(condition) };
  };
  const now = <Result>(x: Tensor, from: AnyContext, run: (context: AnyContext) => Result): Result => {
    const { context, free } = given(x, from);
    try {
      return run(context);
    } finally {
      free();
    }
  };
  const later = async <Context extends AnyContext, Result>(
    x: Tensor,
    from: Context,
    run: (context: Context) => Promise<Result>,
  ): Promise<Result> => {
    const { context, free } = given(x, from);
    try {
      return await run(context);
    } finally {
      free();
    }
  };
  return {
    ...bijection,
    forward: ((x: Tensor, context: AnyContext) =>
      now(x, context, (own) => bijection.forward(x, own))) as Bijection["forward"],
    inverse: ((y: Tensor, context: AnyContext) =>
      now(y, context, (own) => bijection.inverse(y, own))) as Bijection["inverse"],
    solveInverse: (y, context) => later(y, context, (own) => bijection.solveInverse(y, own)),
    initialise: (x, context) => later(x, context, (own) => bijection.initialise(x, own)),
  };
}
