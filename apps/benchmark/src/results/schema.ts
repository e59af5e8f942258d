import { z } from "zod";
import { backendNames } from "../backend-names.ts";
import { engineNames } from "../engine-names.ts";
import { dataKinds } from "../catalogue/data-kind.ts";
import { entryName } from "../catalogue/entry-name.ts";
import { gridSchema } from "../tuning/grid.ts";
import { extensionSchema } from "../catalogue/extensions/extension.ts";

/**
 * The shape of results.json and of jobs/*.json, checked when a run resumes. Everything outside `timing`, `startedAt`,
 * `finishedAt` and `machine`, also of each job, is decided by the configuration, the seed and the backend: a resumed run repeats it exactly.
 * Metrics and figures are kept by name and each checks the shape of its own, so a file stays readable when others are added.
 */

const count = z.int().nonnegative();
const positive = z.int().positive();

export const jobFormat = "invertible-benchmark-job/2";
export const resultsFormat = "invertible-benchmark-results/2";

const settingsSchema = z.record(
  z.string(),
  z.union([z.number(), z.string(), z.array(z.number()).readonly()]),
);

const byName = z.record(z.string(), z.json());

const backendFactsSchema = z.strictObject({
  name: z.enum(backendNames),
  /** The graphics adapter, on webgpu. */
  adapter: z.string().nullable(),
  tensorflow: z.string(),
});

/** What made the training steps. Files from before there was a choice say nothing. */
const engineFactsSchema = z
  .strictObject({
    name: z.enum(engineNames),
    threads: positive,
    /** Why the steps were made eagerly although captured ones were wanted. */
    refusal: z.string().nullable(),
  })
  .default({ name: "eager", threads: 1, refusal: null });

/** Of an entry of the catalogue. */
const entry = z.string().regex(entryName);

const machineSchema = z.strictObject({
  processor: z.string(),
  cores: positive,
  memoryGiB: z.number(),
  system: z.string(),
});

/** Where a job ran. Its name is null where a run used one machine. */
const ranOnSchema = z.strictObject({ name: z.string().nullable(), ...machineSchema.shape });

const outcomeSchema = z.strictObject({
  name: z.string(),
  task: entry,
  dataset: entry,
  model: entry,
  kind: z.enum(dataKinds),
  /** Null in files from before a run could have several. */
  seed: count.nullable().default(null),
  unit: z.enum(["nats", "bits/dim"]),
  dimension: positive,
  /** What the workload asked for, and what the model has. */
  size: z.strictObject({ name: z.enum(["small", "medium"]), parameters: positive }),
  parameters: positive,
  architecture: settingsSchema,
  training: z.strictObject({
    optimizer: z.string(),
    learningRate: z.number(),
    steps: count,
    stepsDone: count,
    batchSize: positive,
    warmupSteps: count,
    clipNorm: z.number(),
    /** Names, in order. Files from before there was any say nothing. */
    augmentation: z.array(z.string()).default([]),
    /** Trainings of the search that found rate, warm-up and clipping; null where they were not searched for. */
    tunedWith: positive.nullable().default(null),
  }),
  /** How many there were, and a digest of all their values. */
  examples: z.strictObject({ train: positive, test: positive, digest: z.string() }),
  metrics: byName,
  backend: backendFactsSchema,
  engine: engineFactsSchema,
  /** Null in files from before a run could use several. */
  machine: ranOnSchema.nullable().default(null),
  /** Why the training of a search came to no end; null where it did. */
  diverged: z.string().nullable().default(null),
  /** The .onnx files that were wanted, each with the reason where it could not be written. */
  exports: z
    .array(z.strictObject({ what: z.enum(["logProb", "inverse"]), refusal: z.string().nullable() }))
    .default([]),
  /** Seconds, and the metrics that a clock measures. */
  timing: byName,
});

/** One finished job, with what the report draws. */
export const jobResultSchema = z.strictObject({
  format: z.literal(jobFormat),
  ...outcomeSchema.shape,
  figures: byName,
});

export const choicesSchema = z.strictObject({
  preset: z.string(),
  models: z.array(entry).nonempty(),
  datasets: z.array(entry).nonempty(),
  steps: positive.nullable(),
  budgetSeconds: positive.nullable().default(null),
  seed: count,
  seeds: positive.default(1),
  backend: z.enum(backendNames),
  engine: z.enum(engineNames).default("eager"),
  threads: positive.default(1),
  grid: gridSchema.nullable().default(null),
});

/** results.json */
export const resultsSchema = z.strictObject({
  format: z.literal(resultsFormat),
  startedAt: z.string(),
  finishedAt: z.string(),
  choices: choicesSchema,
  /** What the command line brought. */
  extensions: z.array(extensionSchema),
  versions: z.record(z.string(), z.string()),
  machine: machineSchema,
  backend: backendFactsSchema,
  /** Each rule of the comparison, and where this run breaks it. */
  rules: z.array(z.strictObject({ name: z.string(), text: z.string(), violations: z.array(z.string()) })),
  published: z.array(
    z.strictObject({
      dataset: entry,
      model: entry,
      value: z.string(),
      unit: z.string(),
      budget: z.string(),
      source: z.string(),
    }),
  ),
  /** How many jobs ran side by side is null where other machines decided it. */
  timing: z.strictObject({ seconds: z.number(), jobsSideBySide: positive.nullable() }),
  jobs: z.array(outcomeSchema),
});

export type Outcome = z.infer<typeof outcomeSchema>;
/** What a metric or a figure measured is checked by itself: here it is only JSON. */
export type JobResult = Omit<z.infer<typeof jobResultSchema>, "metrics" | "figures" | "timing"> & {
  readonly metrics: Readonly<Record<string, unknown>>;
  readonly figures: Readonly<Record<string, unknown>>;
  readonly timing: Readonly<Record<string, unknown>>;
};
export type Results = z.infer<typeof resultsSchema>;
export type Machine = z.infer<typeof machineSchema>;
