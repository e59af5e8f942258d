import { z } from "zod";
import { UsageError } from "../../cli/usage-error.ts";
import { dataKinds } from "../data-kind.ts";
import type { DatasetEntry } from "../dataset-entry.ts";
import { shownExtension } from "./extension.ts";
import type { Extension } from "./extension.ts";
import type { ModelEntry } from "../model-entry.ts";

const color = z.string().regex(/^#[0-9a-f]{6}$/i, '"#rrggbb"');
const call = z.custom<(...given: never[]) => unknown>((value) => typeof value === "function", "a function");

const modelSchema = z.object({
  title: z.string().optional(),
  summary: z.string().default("A model from the command line."),
  color: z.object({ light: color, dark: color }).optional(),
  paper: z.string().default("Unpublished"),
  kinds: z.array(z.enum(dataKinds)).nonempty(),
  tasks: z.array(z.string()).nonempty().default(["density"]),
  training: call,
  build: call,
  published: z
    .array(
      z.object({
        dataset: z.string(),
        value: z.string(),
        unit: z.string(),
        budget: z.string(),
        source: z.string(),
      }),
    )
    .default([]),
});

const datasetSchema = z.object({
  title: z.string().optional(),
  kind: z.enum(dataKinds),
  tasks: z.array(z.string()).default(["density"]),
  classes: z.int().min(2).optional(),
  prepare: call.optional(),
  load: call,
});

/** For models that bring no colour: apart from each other and from those of the catalogue. */
const spareColors = [
  { light: "#c2255c", dark: "#ff8fb5" },
  { light: "#1c7ed6", dark: "#8ecbff" },
  { light: "#2b8a3e", dark: "#8ce99a" },
  { light: "#7048e8", dark: "#c0acff" },
  { light: "#d9480f", dark: "#ffb38a" },
] as const;

/** @throws UsageError naming the first member of the entry that does not fit. */
export function asModelEntry(entry: object, extension: Extension, index: number): ModelEntry {
  const { name } = extension;
  const spare = spareColors[index % spareColors.length]!;
  const { title = name, color = spare, ...facts } = parsed(modelSchema, entry, extension);
  const own = entry as Pick<ModelEntry, "training" | "build">;
  return {
    ...facts,
    // What it is called on the command line counts.
    name,
    title,
    color,
    training: (kind, size) => own.training(kind, size),
    build: (request) => own.build(request),
  };
}

/** @throws UsageError naming the first member of the entry that does not fit. */
export function asDatasetEntry(entry: object, extension: Extension): DatasetEntry {
  const { name } = extension;
  const { title = name, kind, tasks, classes, prepare } = parsed(datasetSchema, entry, extension);
  const own = entry as Pick<Required<DatasetEntry>, "load" | "prepare">;
  return {
    name,
    title,
    kind,
    tasks,
    ...(classes !== undefined && { classes }),
    load: (request) => own.load(request),
    ...(prepare && { prepare: (request) => own.prepare(request) }),
  };
}

function parsed<Value>(schema: z.ZodType<Value>, entry: object, extension: Extension): Value {
  const { success, data, error } = schema.safeParse(entry);
  if (success) return data;
  const issue = error.issues[0]!;
  throw new UsageError(
    `${shownExtension(extension)}: expected an entry of the catalogue, received one whose ${issue.path.join(".") || "content"} does not fit (${issue.message})`,
  );
}
