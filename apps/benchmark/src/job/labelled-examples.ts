import type { ExampleSet, Rows } from "@invertible/trainer";

/** All examples, those whose class is known, or a balance of both. */
export function examplesOf(set: ExampleSet, which: "all" | "labelled" | "balanced"): ExampleSet {
  if (which === "all") return set;
  const labelled = labelledRows(set);
  if (which === "labelled") return rowsOf(set, labelled);
  const all = Array.from({ length: set.count }, (_, row) => row);
  const others = set.count - labelled.length;
  const repeats = labelled.length === 0 ? 0 : Math.floor(others / labelled.length);
  return rowsOf(set, [...all, ...Array.from({ length: Math.max(0, repeats - 1) }, () => labelled).flat()]);
}

/** The indices of the examples whose class is known. */
export function labelledRows({ target, count }: ExampleSet): number[] {
  if (!target) return [];
  const classes = target.values.length / count;
  return Array.from({ length: count }, (_, row) => row).filter((row) =>
    target.values.subarray(row * classes, (row + 1) * classes).some((value) => value !== 0),
  );
}

/** The examples at these indices, in this order. An index may occur several times. */
export function rowsOf(set: ExampleSet, rows: readonly number[]): ExampleSet {
  const pick = <Values extends ExampleSet["values"]>(values: Values): Values => {
    const size = values.length / set.count;
    const picked = new (values.constructor as new (length: number) => Values)(rows.length * size);
    rows.forEach((row, i) => picked.set(values.subarray(row * size, (row + 1) * size), i * size));
    return picked;
  };
  const part = ({ values, shape }: Rows): Rows => ({ values: pick(values), shape });
  const { target, condition } = set;
  return {
    ...part(set),
    count: rows.length,
    ...(target && { target: part(target) }),
    ...(condition && { condition: part(condition) }),
  };
}
