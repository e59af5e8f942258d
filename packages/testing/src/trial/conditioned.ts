import { certify, enforce, initialise, layersOf, refresh, solveInverse } from "@invertible/bijection";
import type { Call, Bijection } from "@invertible/bijection";
import { clone, dispose, slice, tidy } from "@invertible/ops";
import type { Random, Tensor } from "@invertible/ops";
import type { Sampler } from "./options.ts";

/** The conditions of a trial. */
export interface Conditions {
  /** Of the first `batch` examples: the same rows for every size of batch. The caller frees them. */
  of(batch: number): Tensor;
  /** One condition for every example of a batch: the sampler gives the same number of rows for every size of batch. */
  readonly shared: boolean;
  /** Other conditions of the same examples. */
  others(key: string, batch: number): Tensor;
  dispose(): void;
}

/** No law needs a larger batch, so all are rows of one draw. */
const largestBatch = 300;

export function conditionsFrom(sample: Sampler, random: Random): Conditions {
  const all = sample(largestBatch, random);
  const shared = all.shape[0] !== largestBatch;
  const rows = (from: Tensor, batch: number) =>
    shared
      ? clone(from)
      : slice(
          from,
          from.shape.map(() => 0),
          [batch, ...from.shape.slice(1)],
        );
  return {
    of: (batch) => rows(all, batch),
    shared,
    others: (key, batch) => tidy(() => rows(sample(largestBatch, random.fold(key)), batch)),
    dispose: () => dispose(all),
  };
}

/** The bijection, with conditions in every call that has none. */
export function conditioned(bijection: Bijection, conditions: Pick<Conditions, "of"> | undefined): Bijection {
  if (conditions === undefined) return bijection;
  const given = <Given extends Call>(input: Tensor, call: Given) => {
    if (call.condition !== undefined) return { call, free: () => undefined };
    const condition = conditions.of(input.shape[0]!);
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
