import type { DataKind } from "./data-kind.ts";

/** What models are asked to do with a data set. */
export interface TaskEntry {
  readonly name: string;
  readonly title: string;
  /** One sentence for the report. */
  readonly summary: string;
  /** Name of the metric by which models are compared first. It has a ranking. */
  readonly headline: string;
  /** Names of other metrics with a ranking. Each gets a table of its own in the documents of a run. */
  readonly alsoJudgedBy?: readonly string[];
  /** In which losses of this kind of data are printed. */
  unit(kind: DataKind): Unit;
}

export type Unit = "nats" | "bits/dim";
