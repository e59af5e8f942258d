import { certify, enforce, initialise, layersOf, refresh, solveInverse } from "@invertible/bijection";
import type { Call, Bijection } from "@invertible/bijection";
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

/** The bijection, with conditions in every call that has none. */
export function conditioned(bijection: Bijection, conditionOf: ConditionOf | undefined): Bijection {
  if (conditionOf === undefined) return bijection;
  const given = <Given extends Call>(input: Tensor, call: Given) => {
    if (call.condition !== undefined) return { call, free: () => undefined };
    const condition = conditionOf(input.shape[0]!);
    return { call: { ...call, condition }, free: () => dispose(condition) };
  };
  const now = <Result>(x: Tensor, from: Call, run: (call: Call) => Result): Result => {
    const { call, free } = given(x, from);
    try {
      return run(call);
    } finally {
      free();
    }
  };
  const later = async <Given extends Call, Result>(
    x: Tensor,
    from: Given,
    run: (call: Given) => Promise<Result>,
  ): Promise<Result> => {
    const { call, free } = given(x, from);
    try {
      return await run(call);
    } finally {
      free();
    }
  };
  const { starter, solver, parts, lipschitz, traits } = bijection;
  const isComposite = parts.length > 0;
  return {
    ...bijection,
    // One layer to the walks, which would otherwise go around the conditions.
    parts: [],
    forward: (x, call = {}) => now(x, call, (own) => bijection.forward(x, own)),
    forwardAndLogDet: (x, call = {}) => now(x, call, (own) => bijection.forwardAndLogDet(x, own)),
    inverse: (y, call = {}) => now(y, call, (own) => bijection.inverse(y, own)),
    inverseAndLogDet: (y, call = {}) => now(y, call, (own) => bijection.inverseAndLogDet(y, own)),
    ...((starter ?? isComposite) && {
      starter: { start: (x, call = {}) => later(x, call, (own) => initialise(bijection, x, own)) },
    }),
    ...((solver ?? (isComposite && traits.inverse === "iterative")) && {
      solver: {
        methods: layersOf(bijection).flatMap(({ layer }) => layer.solver?.methods ?? []),
        solve: (y, call = {}) => later(y, call, (own) => solveInverse(bijection, y, own)),
      },
    }),
    ...((lipschitz ?? isComposite) && {
      lipschitz: {
        refresh: (options) => refresh(bijection, options),
        certify: () => certify(bijection),
        enforce: () => enforce(bijection),
      },
    }),
  };
}
