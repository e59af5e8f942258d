import type { Augmentation, ExampleSet } from "@invertible/trainer";
import type { DataKind } from "./data-kind.ts";

/** One data set of the catalogue. */
export interface DatasetEntry {
  /** On the command line and in file names: lower-case letters, digits and hyphens. */
  readonly name: string;
  /** In running text. */
  readonly title: string;
  readonly kind: DataKind;
  /** Names of the tasks that it can pose. */
  readonly tasks: readonly string[];
  /** Number of classes, where examples have a class as a one-hot row of their `target`. */
  readonly classes?: number;
  /**
   * Makes sure that files are there and whole before anything else happens.
   * @returns where `load` finds them; null where `signal` stopped it
   * @throws UsageError naming what is missing
   */
  readonly prepare?: (request: PrepareRequest) => Promise<DataSource | null>;
  /** Equal requests give equal examples. Test examples never occur in training. */
  load(request: LoadRequest): LoadedData | Promise<LoadedData>;
}

export interface PrepareRequest {
  /** What the user named with --data, if anything. */
  readonly folder: string | null;
  readonly signal: AbortSignal;
}

/** Where files are: a path that the user named, or the cache that a download filled. */
export type DataSource = { readonly folder: string } | { readonly cache: string };

export interface LoadRequest {
  /** Name of the task that the examples are for. */
  readonly task: string;
  /** How many are wanted. A data set that has fewer gives all. */
  readonly train: number;
  readonly test: number;
  /** For data that are drawn. */
  readonly trainSeed: number;
  readonly testSeed: number;
  /** From `prepare`. */
  readonly source: DataSource | null;
}

export interface LoadedData {
  readonly train: ExampleSet;
  readonly test: ExampleSet;
  /** Random changes of the training examples. Default: none. */
  readonly augment?: readonly Augmentation[];
  /** Entropy of the data where it is known, nats. */
  readonly entropy?: { readonly value: number; readonly uncertainty: number };
  /** log p(x, y) of points in the plane where it is known, nats. */
  readonly logDensity?: (x: number, y: number) => number;
}
