import type { ExampleSet, Rows } from "@invertible/trainer";

/** The first examples of a set, at most all. */
export function firstExamples(set: ExampleSet, wanted: number): ExampleSet {
  return examplesBetween(set, 0, Math.min(wanted, set.count));
}

/** The examples from one index up to another, with their targets. */
export function examplesBetween(set: ExampleSet, from: number, to: number): ExampleSet {
  const part = ({ values, shape }: Rows): Rows => {
    const size = values.length / set.count;
    return { values: values.subarray(from * size, to * size), shape };
  };
  return { ...part(set), count: to - from, ...(set.target && { target: part(set.target) }) };
}
