import type { ExampleSet } from "@invertible/trainer";

/** The first examples of a set, at most all. */
export function firstExamples({ values, shape, count }: ExampleSet, wanted: number): ExampleSet {
  const kept = Math.min(wanted, count);
  const size = shape.reduce((product, n) => product * n, 1);
  return { values: values.subarray(0, kept * size), shape, count: kept };
}
