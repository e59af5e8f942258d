/** What `train` yields. Nothing runs while an event is handled, and the parameters are those after `step` steps. */
export type TrainingEvent = InitialisedEvent | StepEvent | CheckpointEvent | EndEvent;

/** The first event, which comes once: the model is ready for step `step + 1`. */
export interface InitialisedEvent {
  /** Tells the kinds of events apart. */
  readonly kind: "initialised";
  /** Number of steps already made: 0, or that of the checkpoint. */
  readonly step: number;
  /**
   * Where the parameters come from. "data": the data-dependent start. "flow": left as the caller gave them. "checkpoint":
   * restored.
   */
  readonly source: "data" | "flow" | "checkpoint";
  /** How many examples the data-dependent start used. */
  readonly examples: number;
  /** Wall-clock time of the start. */
  readonly milliseconds: number;
}

/**
 * The report after every `reportEvery` steps. Unless stated otherwise, numbers are means over the steps since the previous
 * event of this kind.
 */
export interface StepEvent {
  /** Tells the kinds of events apart. */
  readonly kind: "step";
  /** Number of the last step made, counted from 1. */
  readonly step: number;
  /** How many steps the means cover. */
  readonly steps: number;
  /** How many passes over the data have been made so far, as a fraction. */
  readonly epochs: number;
  /**
   * Negative log-likelihood in nats per example, -(logDet + baseLogProb). It is that of the batch, before the batch's update.
   */
  readonly loss: number;
  /** Batch mean of log|det df/dx|, in nats. */
  readonly logDet: number;
  /** Batch mean of log p_base(f(x)), in nats. */
  readonly baseLogProb: number;
  /** Euclidean norm of the gradient over all parameters, before clipping. */
  readonly gradientNorm: number;
  /** The learning rate of the last step. */
  readonly learningRate: number;
  /** Wall-clock time per step. Checkpoints and the time of the consumer are not included. */
  readonly milliseconds: number;
}

/** A checkpoint has been stored safely. */
export interface CheckpointEvent {
  /** Tells the kinds of events apart. */
  readonly kind: "checkpoint";
  /** The step after which it was made. */
  readonly step: number;
  /** Size of the checkpoint. */
  readonly bytes: number;
  /** Wall-clock time of making and storing it. */
  readonly milliseconds: number;
}

/** The last event, which comes once unless training fails. */
export interface EndEvent {
  /** Tells the kinds of events apart. */
  readonly kind: "end";
  /** Number of the last step made. */
  readonly step: number;
  /** Whether all steps were made, or the signal stopped training. */
  readonly reason: "finished" | "aborted";
}
