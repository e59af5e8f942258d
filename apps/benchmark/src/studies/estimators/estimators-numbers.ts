import type { EstimatorFacts } from "./measure-estimators.ts";

/** Everything that the figure shows. */
export interface EstimatorsNumbers {
  readonly data: string;
  readonly training: { readonly steps: number; readonly batchSize: number; readonly learningRate: number };
  readonly size: EstimatorsSize;
  readonly bitsPerDim: number;
  readonly estimators: readonly EstimatorFacts[];
}

/** How large the network is, and how much is measured. */
export interface EstimatorsSize {
  /** Height and width of the crops. */
  readonly side: number;
  readonly blocks: number;
  readonly hiddenChannels: number;
  readonly coefficient: number;
  readonly measuredImages: number;
  /** A multiple of 10, at least 20. */
  readonly repeats: number;
}
