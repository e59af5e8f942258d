import type { BiasCurve } from "./measure-bias.ts";

/** Everything that the figure shows. */
export interface BiasNumbers {
  readonly data: string;
  readonly training: { readonly steps: number; readonly batchSize: number; readonly learningRate: number };
  readonly size: BiasSize;
  readonly networks: readonly (BiasCurve & { readonly coefficient: number; readonly bitsPerDim: number })[];
}

/** How large the networks are, and how much is measured. */
export interface BiasSize {
  /** Height and width of the crops. */
  readonly side: number;
  readonly blocks: number;
  readonly hiddenChannels: number;
  readonly coefficients: readonly number[];
  readonly terms: number;
  readonly probes: readonly number[];
  /** How many held-out crops the log-dets are computed for. */
  readonly measuredImages: number;
}
