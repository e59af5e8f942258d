import { z } from "zod";
import type { DataKind } from "../catalogue/data-kind.ts";
import type { Measurements } from "../job/measurements.ts";
import type { Estimate } from "./over-seeds.ts";

/** One thing that is measured of every trained model, and one row group of the tables. */
export interface Metric {
  /** Of its value in results.json. */
  readonly name: string;
  readonly heading: string;
  /** One or two sentences for a reader who does not know the field. */
  readonly meaning: string;
  /**
   * What it tells of: a model, the data alone (one row serves all models, and the first job of each data set and seed measures it), or a clock, whose values differ between two runs
   * of one seed and are therefore kept apart, under `timing`.
   */
  readonly from: "model" | "data" | "clock";
  appliesTo(subject: Subject): boolean;
  measure(measurements: Measurements): Promise<unknown>;
  /** A cell of a table, from the values of one or more seeds; null for values that this version cannot read. */
  text(values: readonly unknown[], unit: string): string | null;
  /** Which of two models is better by this metric. Only metrics that a task is judged by need it. */
  readonly ranking?: Ranking<unknown>;
  /** The unit of its number. Default: that of the data and the task, such as nats. */
  readonly unit?: string;
}

export interface Ranking<Value> {
  readonly better: "smaller" | "larger";
  /** The number itself, from the values of one or more seeds; null for values that this version cannot read. */
  estimate(values: readonly Value[]): Estimate | null;
}

/** What decides whether a metric or a figure makes sense. */
export interface Subject {
  readonly task: string;
  readonly kind: DataKind;
}

export interface MetricDefinition<Value> extends Omit<Metric, "measure" | "text" | "ranking"> {
  /** The shape of its value, so that a file of another version is noticed and not misread. */
  readonly value: z.ZodType<Value>;
  measure(measurements: Measurements): NoInfer<Value> | Promise<NoInfer<Value>>;
  text(value: NoInfer<Value>, unit: string): string;
  /** The same for several seeds. Default: the texts of all of them, each once. */
  textOverSeeds?(values: readonly NoInfer<Value>[], unit: string): string;
  readonly ranking?: Ranking<NoInfer<Value>>;
}

/** A metric that reads its own values back by their shape. */
export function defineMetric<Value>({ ranking, ...definition }: MetricDefinition<Value>): Metric {
  const read = (stored: readonly unknown[]) => z.array(definition.value).safeParse(stored).data;
  return {
    ...definition,
    ...(ranking && {
      ranking: {
        better: ranking.better,
        estimate(stored: readonly unknown[]) {
          const values = read(stored);
          return values === undefined ? null : ranking.estimate(values);
        },
      },
    }),
    measure: async (measurements) => definition.measure(measurements),
    text(stored, unit) {
      const values = read(stored);
      if (values === undefined) return null;
      if (values.length > 1 && definition.textOverSeeds) return definition.textOverSeeds(values, unit);
      return [...new Set(values.map((value) => definition.text(value, unit)))].join("; ");
    },
  };
}

/** Where results keep its value. */
export function placeOf({ from }: Pick<Metric, "from">): "metrics" | "timing" {
  return from === "clock" ? "timing" : "metrics";
}
