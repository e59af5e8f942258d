import type { LikelihoodTerm } from "../objectives/maximum-likelihood.ts";

/** What `train` yields. Nothing runs while an event is handled, and the parameters are those after `step` steps. */
export type TrainingEvent<Term extends string = LikelihoodTerm> =
  InitialisedEvent | StepEvent<Term> | CheckpointEvent | EndEvent;

/** The first event, which comes once: the model is ready for step `step + 1`. */
export interface InitialisedEvent {
  /** Tells the kinds of events apart. */
  readonly kind: "initialised";
  /** Number of steps already made: 0, or that of the checkpoint. */
  readonly step: number;
  /**
   * Where the parameters come from. "data": the data-dependent start. "model": left as the caller gave them. "checkpoint":
   * restored.
   */
  readonly source: "data" | "model" | "checkpoint";
  /** How many examples the data-dependent start used. */
  readonly examples: number;
  /** Wall-clock time of the start. */
  readonly milliseconds: number;
}

/**
 * The report after every `reportEvery` steps. Unless stated otherwise, numbers are means over the steps since the previous
 * event of this kind.
 */
export interface StepEvent<Term extends string = LikelihoodTerm> {
  /** Tells the kinds of events apart. */
  readonly kind: "step";
  /** Number of the last step made, counted from 1. */
  readonly step: number;
  /** How many steps the means cover. */
  readonly steps: number;
  /** How many passes over the data have been made so far, as a fraction. */
  readonly epochs: number;
  /**
   * The loss of the objective, the weighted sum of its terms. It is that of the batch, before the batch's update. For maximum likelihood it
   * is the negative log-likelihood in nats per example, -(logDet + baseLogProb).
   */
  readonly loss: number;
  /**
   * The batch mean of each term of the objective. For maximum likelihood these are "logDet", log|det df/dx|, and "baseLogProb",
   * log p_base(f(x)), in nats.
   */
  readonly terms: Readonly<Record<Term, number>>;
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
