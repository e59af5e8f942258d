import type { InversionCurve } from "./measure-inversion.ts";

/** Everything that the figure shows. */
export interface InversionNumbers {
  readonly data: string;
  readonly training: { readonly steps: number; readonly batchSize: number; readonly learningRate: number };
  readonly architecture: InversionSize;
  /** How many held-out images were inverted. */
  readonly images: number;
  readonly networks: readonly InvertedNetwork[];
}

export interface InvertedNetwork {
  /** The limit c on the norm of each convolution; null without one. */
  readonly coefficient: number | null;
  readonly finalLoss: number;
  /** Fraction of held-out images that get another class than theirs. */
  readonly errorRate: number;
  /** The certified Lipschitz constant of each block's g; empty without a limit. */
  readonly lipschitz: readonly number[];
  readonly curves: readonly InversionCurve[];
}

/** How large the networks are, and how much is measured. */
export interface InversionSize {
  readonly blocksPerScale: readonly number[];
  readonly hiddenChannels: number;
  readonly coefficients: readonly number[];
  /** Numbers of evaluations of g. */
  readonly counts: readonly number[];
  readonly invertedImages: number;
}
