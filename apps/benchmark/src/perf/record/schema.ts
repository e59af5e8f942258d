import { z } from "zod";

/** The shape of the file that `npm run perf -- --json` writes, and from which the page is made. */

const positive = z.number().positive();
const count = z.int().nonnegative();

export const recordFormat = "invertible-performance/1";

const labels = {
  name: z.string(),
  threads: count,
  gradient: z.string(),
  /** Number of examples whose gradient is computed at a time. */
  microBatchSize: count,
};

const variantSchema = z.union([
  z.strictObject({
    ...labels,
    /** Of one training step: gradient, clipping, optimiser, power iteration, and readback of the loss. */
    milliseconds: z.strictObject({ minimum: positive, median: positive }),
    /** Of the convolutions and matrix products in one step; null where they were not counted. */
    operations: z.number().nonnegative().nullable(),
    /** What the same program reaches in a product of large matrices, in 10^9 operations per second. */
    matMulGflops: positive,
    /** Of the whole process. */
    peakBytes: positive,
    /** From the start of the process to the end of its first step. */
    startUpMilliseconds: positive,
    lastLoss: z.number(),
  }),
  /** Why there are no figures. */
  z.strictObject({ ...labels, failure: z.string() }),
]);

const caseSchema = z.strictObject({
  data: z.string(),
  model: z.string(),
  layout: z.string(),
  batchSize: count,
  parameters: count.nullable(),
  timedSteps: count,
  variants: z.array(variantSchema),
});

const gradientsSchema = z.strictObject({
  backend: z.string(),
  size: z.string(),
  depths: z.array(count),
  /** What the others are compared with. */
  plain: z.string(),
  modes: z.array(z.strictObject({ name: z.string(), milliseconds: positive, peakBytes: z.array(positive) })),
});

const inverseSchema = z.strictObject({
  backend: z.string(),
  block: z.string(),
  coefficient: z.number(),
  batchSize: count,
  rate: z.number(),
  tolerance: positive,
  costs: z.array(
    z.strictObject({
      method: z.string(),
      iterations: count,
      milliseconds: positive,
      errorBound: z.number().nonnegative(),
    }),
  ),
});

const throughputSchema = z.strictObject({
  backend: z.string(),
  data: z.string(),
  model: z.string(),
  layout: z.string(),
  batchSize: count,
  /** Examples per second. */
  logProb: positive,
  /** Samples per second. */
  sampling: positive,
  /** The largest error bound of an inverse in the samples; 0 where the inverse is a formula. */
  errorBound: z.number().nonnegative(),
});

const logDetSchema = z.strictObject({
  backend: z.string(),
  dimension: count,
  batchSize: count,
  estimators: z.array(
    z.strictObject({
      name: z.string(),
      /** Of the value; and of the value with the gradient of its mean. */
      milliseconds: positive,
      gradientMilliseconds: positive,
      /** The root of the mean squared difference from the exact value, in nats; 0 for the exact one. */
      error: z.number().nonnegative(),
      /** How much of it the truncation of the series can be at most. */
      biasBound: z.number().nonnegative(),
    }),
  ),
});

const sizeSchema = z.strictObject({ what: z.string(), kilobytes: z.number().nonnegative() });

export const recordSchema = z.strictObject({
  format: z.literal(recordFormat),
  startedAt: z.string(),
  machine: z.strictObject({
    processor: z.string(),
    cores: count,
    memoryGiB: positive,
    system: z.string(),
  }),
  /** The load average of the last minute when the measurement began. */
  loadAtStart: z.number().nonnegative(),
  versions: z.record(z.string(), z.string()),
  python: z.union([
    z.strictObject({ program: z.string(), torch: z.string(), blas: z.string() }),
    z.strictObject({ absent: z.string() }),
  ]),
  /** Engines that were asked for and cannot run here. */
  absent: z.array(z.string()),
  steps: z.array(caseSchema),
  gradients: z.array(gradientsSchema),
  inverses: z.array(inverseSchema),
  throughput: z.array(throughputSchema),
  logDets: z.array(logDetSchema),
  sizes: z.array(sizeSchema),
});

export type PerformanceRecord = z.infer<typeof recordSchema>;
export type CaseRecord = z.infer<typeof caseSchema>;
export type VariantRecord = z.infer<typeof variantSchema>;
export type MeasuredVariant = Exclude<VariantRecord, { readonly failure: string }>;
export type GradientsRecord = z.infer<typeof gradientsSchema>;
export type InverseRecord = z.infer<typeof inverseSchema>;
export type ThroughputRecord = z.infer<typeof throughputSchema>;
export type LogDetRecord = z.infer<typeof logDetSchema>;
export type SizeRecord = z.infer<typeof sizeSchema>;
