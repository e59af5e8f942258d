export { adam } from "./optimizers/adam.ts";
export { adamax } from "./optimizers/adamax.ts";
export { sgd } from "./optimizers/sgd.ts";
export type { SgdOptions } from "./optimizers/sgd.ts";
export type { AdamOptions } from "./optimizers/adam-options.ts";
export type { Backward } from "./gradients/backward.ts";
export { checkpointFormat, checkpointVersion } from "./checkpoints/checkpoint.ts";
export { memoryCheckpointStore } from "./checkpoints/checkpoint-store.ts";
export type { CheckpointStore } from "./checkpoints/checkpoint-store.ts";
export { eager } from "./engines/eager.ts";
export type { EagerEngine } from "./engines/eager.ts";
export type {
  Carried,
  Engine,
  Snapshot,
  SplitState,
  StepRequest,
  Training,
  TrainingState,
} from "./engines/engine.ts";
export { microBatches } from "./gradients/micro-batches.ts";
export type { MicroBatch } from "./gradients/micro-batches.ts";
export { addGradients, meanGradient } from "./gradients/batch-gradient.ts";
export type { BatchGradient } from "./gradients/batch-gradient.ts";
export type { Augmentation, BatchValues } from "./data/augmentation.ts";
export { randomCrop } from "./data/random-crop.ts";
export type { RandomCropOptions } from "./data/random-crop.ts";
export { randomFlip } from "./data/random-flip.ts";
export type { ExampleSet, Rows } from "./data/example-set.ts";
export type { Optimizer, Updated, UpdateRequest } from "./optimizers/optimizer.ts";
export { meanAndError } from "./measurements/mean-and-error.ts";
export { parameterAverage } from "./optimizers/parameter-average.ts";
export type { LayoutEntry, ParameterLayout } from "./optimizers/parameter-layout.ts";
export type { ParameterAverage } from "./optimizers/parameter-average.ts";
export { cosineDecay, stepDecay } from "./loop/schedule.ts";
export type { Schedule } from "./loop/schedule.ts";
export { maximumLikelihood } from "./objectives/maximum-likelihood.ts";
export type { LikelihoodTerm } from "./objectives/maximum-likelihood.ts";
export type { Objective, TermContext, TrainedModel } from "./objectives/objective.ts";
export { minimumCrossEntropy } from "./objectives/minimum-cross-entropy.ts";
export type { ClassificationTerm } from "./objectives/minimum-cross-entropy.ts";
export { weightedSum } from "./objectives/weighted-sum.ts";
export type { WeightedObjective } from "./objectives/weighted-sum.ts";
export { train } from "./loop/train.ts";
export type { TrainLoopOptions, TrainObjectiveOptions, TrainOptions } from "./loop/train-options.ts";
export type {
  CheckpointEvent,
  EndEvent,
  InitialisedEvent,
  StepEvent,
  TrainingEvent,
} from "./loop/training-event.ts";
export { evaluate } from "./measurements/evaluate.ts";
export type { EvaluateOptions, Evaluation } from "./measurements/evaluate.ts";
export { evaluateClassifier } from "./measurements/evaluate-classifier.ts";
export type { ClassifierEvaluation, EvaluateClassifierOptions } from "./measurements/evaluate-classifier.ts";
export { measureLogDetGap } from "./measurements/measure-log-det-gap.ts";
export type { LogDetGap, MeasureLogDetGapOptions } from "./measurements/measure-log-det-gap.ts";
export { measureReconstruction } from "./measurements/measure-reconstruction.ts";
export type {
  ExampleError,
  MeasureReconstructionOptions,
  Reconstruction,
  ReconstructionError,
} from "./measurements/measure-reconstruction.ts";
export { measureSampling } from "./measurements/measure-sampling.ts";
export type { MeasureSamplingOptions, SamplingTime } from "./measurements/measure-sampling.ts";
