import { z } from "zod";
import { backendNames, datasetNames, modelNames, presetNames } from "../catalogue/names.ts";

/**
 * The shape of results.json and of jobs/*.json, checked when a run resumes. Everything outside `timing`, `startedAt`,
 * `finishedAt` and `machine` is decided by the configuration, the seed and the backend: a resumed run repeats it exactly.
 */

const count = z.int().nonnegative();
const positive = z.int().positive();
const curve = z.array(z.number());

const settingsSchema = z.record(
  z.string(),
  z.union([z.number(), z.string(), z.array(z.number()).readonly()]),
);

/** Typed arrays as base64 of their bytes, little-endian. */
const base64 = z.base64();

/** Values at the cell centres of the square [-halfWidth, halfWidth]^2, float32, row by row from the top. */
const gridSchema = z.strictObject({ cells: positive, halfWidth: z.number().positive(), values: base64 });

const planeFiguresSchema = z.strictObject({
  kind: z.literal("plane"),
  /** float32 pairs: held-out examples, and draws from the model. */
  data: base64,
  samples: base64,
  /** The true density of the data, where it is known. */
  dataDensity: gridSchema.nullable(),
  /** The model's log-density, nats. */
  logDensity: gridSchema,
});

const imageFiguresSchema = z.strictObject({
  kind: z.literal("image"),
  height: positive,
  width: positive,
  channels: positive,
  /** uint8 pixels. */
  samples: base64,
  /** float32, in units of the pixel range: the input of the inverse-error measurement and what came back. */
  originals: base64,
  reconstructions: base64,
});

const backendFactsSchema = z.strictObject({
  name: z.enum(backendNames),
  /** The graphics adapter, on webgpu. */
  adapter: z.string().nullable(),
  tensorflow: z.string(),
});

const outcomeSchema = z.strictObject({
  dataset: z.enum(datasetNames),
  model: z.enum(modelNames),
  unit: z.enum(["nats", "bits/dim"]),
  dimension: positive,
  parameters: positive,
  architecture: settingsSchema,
  training: z.strictObject({
    optimizer: z.string(),
    learningRate: z.number(),
    steps: count,
    batchSize: positive,
    warmupSteps: count,
    clipNorm: z.number(),
    examples: positive,
  }),
  /** Mean negative log-likelihood of held-out examples, in `unit`. */
  test: z.strictObject({ value: z.number(), standardError: z.number(), examples: positive }),
  /** The entropy of the data, in `unit`, where it is known: no model can have a smaller test value. */
  dataEntropy: z.strictObject({ value: z.number(), uncertainty: z.number() }).nullable(),
  /** How the test value's log-determinant was obtained. */
  logDet: z.strictObject({
    kind: z.enum(["exact", "unbiased", "biased"]),
    estimator: z.string(),
    terms: positive.nullable(),
    probes: positive.nullable(),
    /** Most that truncation can cut off if every capped norm holds, in `unit`; null where nothing is truncated. */
    truncationBound: z.number().nullable(),
  }),
  likelihood: z.enum(["exact", "lower-bound"]),
  /** |x - inverse(forward(x))|, in data units (2-D) or as a fraction of the pixel range (images). */
  reconstruction: z.strictObject({ max: z.number(), mean: z.number(), examples: positive }),
  inverse: z.strictObject({
    method: z.enum(["analytic", "iterative"]),
    /** Most fixed-point iterations any layer needed; 0 for an analytic inverse. */
    iterations: count,
    iterationsByLayer: z.array(count),
    tolerance: z.number(),
    converged: z.boolean(),
  }),
  lossCurve: z.strictObject({ step: curve, loss: curve }),
  /** Error of the inverse when every layer stops after so many iterations, same unit as `reconstruction`. */
  inverseCurve: z.strictObject({ iterations: curve, max: curve, mean: curve }),
  backend: backendFactsSchema,
  timing: z.strictObject({
    millisecondsPerStep: z.number(),
    millisecondsPerSample: z.number(),
    trainingSeconds: z.number(),
    evaluationSeconds: z.number(),
  }),
});

/** One finished job, with what the report draws. */
export const jobResultSchema = z.strictObject({
  format: z.literal("invertible-benchmark-job/1"),
  ...outcomeSchema.shape,
  figures: z.discriminatedUnion("kind", [planeFiguresSchema, imageFiguresSchema]),
});

export const choicesSchema = z.strictObject({
  preset: z.enum(presetNames),
  models: z.array(z.enum(modelNames)).nonempty(),
  datasets: z.array(z.enum(datasetNames)).nonempty(),
  steps: positive.nullable(),
  seed: count,
  backend: z.enum(backendNames),
});

export const machineSchema = z.strictObject({
  processor: z.string(),
  cores: positive,
  memoryGiB: z.number(),
  system: z.string(),
});

/** results.json */
export const resultsSchema = z.strictObject({
  format: z.literal("invertible-benchmark-results/1"),
  startedAt: z.string(),
  finishedAt: z.string(),
  choices: choicesSchema,
  versions: z.record(z.string(), z.string()),
  machine: machineSchema,
  backend: backendFactsSchema,
  rules: z.array(z.string()),
  published: z.array(
    z.strictObject({
      dataset: z.enum(datasetNames),
      model: z.enum(modelNames),
      value: z.string(),
      unit: z.string(),
      budget: z.string(),
      source: z.string(),
    }),
  ),
  timing: z.strictObject({ seconds: z.number(), jobsSideBySide: positive }),
  jobs: z.array(outcomeSchema),
});

export type Outcome = z.infer<typeof outcomeSchema>;
export type JobResult = z.infer<typeof jobResultSchema>;
export type DensityGrid = z.infer<typeof gridSchema>;
export type PlaneFigures = z.infer<typeof planeFiguresSchema>;
export type ImageFigures = z.infer<typeof imageFiguresSchema>;
export type Results = z.infer<typeof resultsSchema>;
export type Machine = z.infer<typeof machineSchema>;
