/** What `train` yields. While an event is being handled nothing runs, and parameters are those after `step` steps. */
export type TrainingEvent = InitialisedEvent | StepEvent | CheckpointEvent | EndEvent;

/** First, once: the model is ready for step `step + 1`. */
export interface InitialisedEvent {
  readonly kind: "initialised";
  /** Steps already made: 0, or the checkpoint's. */
  readonly step: number;
  /** "data": data-dependent start; "flow": left as the caller gave it; "checkpoint": resumed. */
  readonly source: "data" | "flow" | "checkpoint";
  /** Examples the data-dependent start looked at. */
  readonly examples: number;
  readonly milliseconds: number;
}

/** After every `reportEvery` steps. Numbers are means over the steps since the previous event of this kind. */
export interface StepEvent {
  readonly kind: "step";
  /** Number of the last step made, from 1. */
  readonly step: number;
  /** How many steps the means cover. */
  readonly steps: number;
  /** Passes over the data so far; a fraction. */
  readonly epochs: number;
  /** Negative log-likelihood, nats per example: -(logDet + baseLogProb). Of the batch, before its update. */
  readonly loss: number;
  /** Batch mean of log|det df/dx|, nats. */
  readonly logDet: number;
  /** Batch mean of log p_base(f(x)), nats. */
  readonly baseLogProb: number;
  /** Euclidean norm of the gradient over all parameters, before clipping. */
  readonly gradientNorm: number;
  /** Of the last step. */
  readonly learningRate: number;
  /** Wall clock per step, without checkpoints and without the time the consumer took. */
  readonly milliseconds: number;
}

/** A checkpoint is safely stored. */
export interface CheckpointEvent {
  readonly kind: "checkpoint";
  readonly step: number;
  readonly bytes: number;
  readonly milliseconds: number;
}

/** Last, once, unless training failed. */
export interface EndEvent {
  readonly kind: "end";
  readonly step: number;
  readonly reason: "finished" | "aborted";
}
