import type { ExplodingNetwork } from "./measure-explosion.ts";

/** Everything that the figure shows. */
export interface ExplosionNumbers {
  readonly data: string;
  readonly training: { readonly steps: number; readonly batchSize: number; readonly learningRate: number };
  readonly size: ExplosionSize;
  readonly networks: readonly (ExplodingNetwork & {
    readonly name: string;
    readonly bitsPerDim: number;
  })[];
}

/** How large the networks are, and how many inputs of each kind they get. */
export interface ExplosionSize {
  /** Of Glow: steps per scale, and hidden channels. */
  readonly stepsPerScale: readonly number[];
  readonly width: number;
  /** Of the i-ResNet. */
  readonly blocksPerScale: readonly number[];
  readonly hiddenChannels: number;
  readonly coefficient: number;
  readonly inputs: number;
}
