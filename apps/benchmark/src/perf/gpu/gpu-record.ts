import type { Machine } from "../../results/schema.ts";
import type { LogDetGradient } from "../steps/cases.ts";

/** What `npm run perf -- --gpu` writes. */
export interface GpuRecord {
  readonly format: "invertible-gpu-performance/1";
  readonly startedAt: string;
  readonly machine: Machine;
  readonly versions: Readonly<Record<string, string>>;
  /** Whether everything ran on the processor, to try the program without a GPU. Such times say nothing about GPUs. */
  readonly rehearsal: boolean;
  readonly budgetSeconds: number;
  /** The name of the WebGPU adapter, or why there is none. */
  readonly webgpu: { readonly adapter: string } | { readonly absent: string };
  readonly pytorch: PyTorchDescription | { readonly absent: string };
  readonly cases: readonly GpuCaseRecord[];
}

export interface PyTorchDescription {
  readonly program: string;
  readonly version: string;
  /** The name of the GPU, or null where PyTorch has none. */
  readonly gpu: string | null;
  readonly cuda: string | null;
  /** Whether convolutions may round their inputs to TF32, which has 10 bits of mantissa. */
  readonly convolutionsInTf32: boolean;
  readonly compiles: boolean;
}

export interface GpuCaseRecord {
  readonly data: string;
  readonly model: string;
  readonly layout: string;
  readonly batchSize: number;
  readonly parameters: number | null;
  readonly programs: readonly GpuProgramRecord[];
}

export type GpuProgramRecord = MeasuredProgram | SkippedProgram;

interface Labels {
  readonly name: string;
  readonly gradient: LogDetGradient;
  /** Number of examples whose gradient is computed at a time. */
  readonly microBatchSize: number;
}

export interface MeasuredProgram extends Labels {
  /** Of one training step, from idle to idle. */
  readonly milliseconds: { readonly minimum: number; readonly median: number };
  /** How many steps were timed; fewer than asked for where the time was up. */
  readonly timedSteps: number;
  /** From the start of the process to the end of its first step, with everything that is compiled. */
  readonly startUpSeconds: number;
  /** The most memory of the GPU that the program has held, or null where it cannot be read. */
  readonly gpuPeakBytes: number | null;
  readonly lastLoss: number;
}

export interface SkippedProgram extends Labels {
  /** Why there are no figures. */
  readonly skipped: string;
}
