/** Everything that the figure shows. */
export interface MemoryNumbers {
  readonly size: MemorySize;
  readonly curves: readonly MemoryCurve[];
}

/** The peak memory of one kind of training step, for each depth. */
export interface MemoryCurve {
  readonly name: string;
  readonly points: readonly MemoryPoint[];
}

export interface MemoryPoint {
  readonly blocks: number;
  /** Bytes of tensors at the height of a step, above those before it. */
  readonly peak: number;
  /** Parameters of the network. Their gradient and the update need memory too, however activations are kept. */
  readonly parameters: number;
}

/** How large the networks are. */
export interface MemorySize {
  readonly inputShape: readonly [number, number, number];
  readonly hidden: number;
  readonly batchSize: number;
  readonly classes: number;
  readonly depths: readonly number[];
}
