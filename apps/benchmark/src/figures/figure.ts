import type { z } from "zod";
import type { DataKind } from "../catalogue/data-kind.ts";
import type { Unit } from "../catalogue/task-entry.ts";
import type { Measurements } from "../job/measurements.ts";
import type { Subject } from "../metrics/metric.ts";
import type { Html } from "../report/html.ts";

/** One thing that is measured of every trained model and drawn for each data set. */
export interface Figure {
  /** Of its data in jobs/*.json. */
  readonly name: string;
  appliesTo(subject: Subject): boolean;
  measure(measurements: Measurements): Promise<unknown>;
  /** All models of one data set; null where no job has data that this version can read. */
  draw(series: readonly Series<unknown>[], context: DrawContext): Promise<Html | null>;
}

/** What was measured of one model. */
export interface Series<Value> {
  readonly model: string;
  /** Of the model, everywhere in the page: a CSS colour. */
  readonly color: string;
  readonly value: Value;
}

export interface DrawContext {
  /** Name of the task. */
  readonly task: string;
  readonly kind: DataKind;
  readonly unit: Unit;
}

export interface FigureDefinition<Value> extends Omit<Figure, "measure" | "draw"> {
  readonly value: z.ZodType<Value>;
  measure(measurements: Measurements): NoInfer<Value> | Promise<NoInfer<Value>>;
  /** At least one series. What only drawing needs is imported here: the processes that measure do without. */
  draw(series: readonly Series<NoInfer<Value>>[], context: DrawContext): Promise<Html>;
}

/** A figure that reads its own data back by their shape. */
export function defineFigure<Value>(definition: FigureDefinition<Value>): Figure {
  return {
    ...definition,
    measure: async (measurements) => definition.measure(measurements),
    async draw(series, context) {
      const readable = series.flatMap((each) => {
        const { success, data } = definition.value.safeParse(each.value);
        return success ? [{ ...each, value: data }] : [];
      });
      return readable.length === 0 ? null : definition.draw(readable, context);
    },
  };
}
