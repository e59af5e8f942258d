import { checkIntegerFrom, checkOptions, fail } from "@invertible/errors";
import { sizeOf, tensor, withoutGradient } from "@invertible/ops";
import type { TraceEstimator, VectorProblem } from "./trace-estimator.ts";

/** Options of `exactTrace`. */
export interface ExactTraceOptions {
  /** Refuse examples of more numbers d than this. Every evaluation costs d products. Default 64, at most 1024. */
  readonly maxDimension?: number;
}

/**
 * The trace itself, as the sum of <e_i, J e_i> over all d basis vectors. They go through one product as stacked copies of the
 * batch, so it suits small d.
 *
 * @throws ArgumentError for more than `maxDimension` numbers per example, where a block is built with it.
 */
export function exactTrace(options: ExactTraceOptions = {}): TraceEstimator {
  checkOptions("exactTrace", options, { maxDimension: "optional" });
  const { maxDimension = 64 } = options;
  checkIntegerFrom("exactTrace: maxDimension", maxDimension, 1, 1024);
  return Object.freeze({
    name: "exact",
    kind: "exact",
    weight: 1,
    config: { name: "exact", maxDimension },
    count: (dimension: number) => dimension,
    check(where: string, dimension: number): void {
      if (dimension > maxDimension)
        fail(
          `${where}: numbers per example`,
          `at most maxDimension = ${maxDimension}; use hutchinsonTrace(), or raise it`,
          dimension,
        );
    },
    vectors({ batch, shape }: VectorProblem) {
      const dimension = sizeOf(shape);
      const values = new Float32Array(dimension * batch * dimension);
      for (let row = 0; row < dimension * batch; row++) values[row * dimension + Math.floor(row / batch)] = 1;
      return withoutGradient(() => tensor(values, [dimension * batch, ...shape]));
    },
  } as const);
}
