import { checkBetween, checkChoice, checkOptions, fail } from "@invertible/errors";
import type { ExampleSet } from "../../example-set.ts";
import { checkSeed, randomSource } from "../../random-source.ts";
import { takeRows } from "./columns.ts";
import type { AnomalyRows } from "./load-adbench.ts";
import { columnsThatVary, standardise } from "./standardise.ts";

/** Options of `divideNormalRows`. */
export interface DivideNormalRowsOptions {
  /** Decides which normal rows are trained on: an integer in [0, 2^32). Equal seeds divide in the same way. */
  readonly seed: number;
  /** The share of the normal rows that is trained on, in (0, 1). Default 0.5. */
  readonly share?: number;
  /**
   * Rows that are equal in all numbers and in the label. "drop" keeps the first of them. "keep" leaves them, and then rows of the
   * test may also occur in training. Default "drop".
   */
  readonly duplicates?: "drop" | "keep";
}

/** What `divideNormalRows` gives. */
export interface NormalDivision {
  /** Normal rows. */
  readonly train: ExampleSet<Float32Array>;
  /** The other normal rows, and then all anomalies, with label 1. */
  readonly test: ExampleSet<Float32Array> & { readonly labels: Uint8Array };
  /** How many rows were left out because they are equal to an earlier one. */
  readonly duplicates: number;
  /** The columns that are left, counted from 0. Those that are constant in training have no density. */
  readonly columns: readonly number[];
}

/**
 * Divides rows so that a density model learns what is normal: it trains on a share of the normal rows, drawn by the seed, and is
 * tested on the other normal rows and all anomalies. Columns are shifted and scaled to mean 0 and standard deviation 1 over the
 * training rows, and left out where they are constant there.
 *
 * A column of integers has no density either: a model can make its likelihood as large as it likes there. Compare likelihoods of
 * such sets with care, or only the order of the rows.
 *
 * @throws ArgumentError for options outside their range, and for fewer than four normal rows.
 * @throws DataFileError where fewer than two columns vary in training.
 */
export function divideNormalRows(rows: AnomalyRows, options: DivideNormalRowsOptions): NormalDivision {
  const where = "divideNormalRows";
  checkOptions(where, options, { seed: "required", share: "optional", duplicates: "optional" });
  const { seed, share = 0.5, duplicates = "drop" } = options;
  checkSeed(where, seed);
  checkBetween(`${where}: share`, share, 0, 1);
  checkChoice(`${where}: duplicates`, duplicates, ["drop", "keep"]);
  const all = [...rows.labels.keys()];
  const used = duplicates === "drop" ? withoutDuplicates(rows, all) : all;
  const normal = used.filter((row) => rows.labels[row] === 0);
  const anomalies = used.filter((row) => rows.labels[row] === 1);
  if (normal.length < 4) fail(where, "at least four normal rows", normal.length);
  const random = randomSource(seed);
  for (let i = normal.length - 1; i > 0; i--) {
    const j = random.integer(i + 1);
    [normal[i], normal[j]] = [normal[j]!, normal[i]!];
  }
  const trained = Math.min(normal.length - 1, Math.max(2, Math.round(share * normal.length)));
  const tested = [...normal.slice(trained), ...anomalies];
  const table = { shape: [rows.count, rows.shape[0]!], values: rows.values };
  const training = takeRows(table, normal.slice(0, trained));
  const { train, test } = standardise(where, training, takeRows(table, tested));
  return {
    train,
    test: { ...test, labels: Uint8Array.from(tested, (row) => rows.labels[row]!) },
    duplicates: rows.count - used.length,
    columns: columnsThatVary(training),
  };
}

function withoutDuplicates({ values, shape, labels }: AnomalyRows, all: readonly number[]): number[] {
  const columns = shape[0]!;
  const seen = new Set<string>();
  return all.filter((row) => {
    const key = `${labels[row]} ${values.subarray(row * columns, (row + 1) * columns).join(" ")}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
