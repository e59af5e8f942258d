export { adam } from "./adam.ts";
export { adamax } from "./adamax.ts";
export type { AdamOptions } from "./adam-options.ts";
export type { Backward } from "./backward.ts";
export { checkpointFormat, checkpointVersion } from "./checkpoint.ts";
export { memoryCheckpointStore } from "./checkpoint-store.ts";
export type { CheckpointStore } from "./checkpoint-store.ts";
export type { ExampleSet, Rows } from "./example-set.ts";
export type { Optimizer, Updated, UpdateRequest } from "./optimizer.ts";
export { parameterAverage } from "./parameter-average.ts";
export type { ParameterAverage } from "./parameter-average.ts";
export { cosineDecay } from "./schedule.ts";
export type { Schedule } from "./schedule.ts";
export { train } from "./train.ts";
export type { TrainOptions } from "./train-options.ts";
export type {
  CheckpointEvent,
  EndEvent,
  InitialisedEvent,
  StepEvent,
  TrainingEvent,
} from "./training-event.ts";
export { evaluate } from "./evaluate.ts";
export type { EvaluateOptions, Evaluation } from "./evaluate.ts";
export { measureReconstruction } from "./measure-reconstruction.ts";
export type {
  ExampleError,
  MeasureReconstructionOptions,
  Reconstruction,
  ReconstructionError,
} from "./measure-reconstruction.ts";
export { measureSampling } from "./measure-sampling.ts";
export type { MeasureSamplingOptions, SamplingTime } from "./measure-sampling.ts";
