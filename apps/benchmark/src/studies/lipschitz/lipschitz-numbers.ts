/** Everything that the figure shows. */
export interface LipschitzNumbers {
  readonly data: string;
  readonly steps: number;
  readonly architecture: LipschitzSize;
  readonly points: readonly LipschitzPoint[];
}

/** The constants of every block after a training step. */
export interface LipschitzPoint {
  readonly step: number;
  readonly blocks: readonly {
    /** A proven upper bound of the Lipschitz constant of g. */
    readonly certified: number;
    /** The largest stretch of g's Jacobian that was found at held-out images: a lower bound. */
    readonly measured: number;
  }[];
}

/** How large the network is, and how much is measured. */
export interface LipschitzSize {
  readonly blocksPerScale: readonly number[];
  readonly hiddenChannels: number;
  readonly coefficient: number;
  /** How many held-out images the stretch is measured at. */
  readonly images: number;
  /** About so many times during training. */
  readonly points: number;
}
