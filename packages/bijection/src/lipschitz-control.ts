/** Proven Lipschitz constants in the Euclidean norm; Infinity where nothing is proven. */
export interface LipschitzBounds {
  /** At least sup |f(a) - f(b)| / |a - b|. */
  readonly forward: number;
  /** At least sup |f^-1(a) - f^-1(b)| / |a - b|. */
  readonly inverse: number;
}

/**
 * What keeps a Lipschitz constant: one interface for operators, branches, layers and flows. They differ in what a proof says: of
 * an operator one bound, of a layer one for each direction.
 */
export interface LipschitzControl<Proof = LipschitzBounds> {
  /** Updates state that follows the weights, such as power-iteration vectors. The trainer calls it after every step. */
  refresh(options: RefreshOptions): Promise<void>;
  /**
   * Proves bounds from the present weights, for every condition and random key: exact arithmetic on the stored float32 weights,
   * bounded in float64 with rounding accounted for. It says nothing of rounding inside a forward call.
   */
  certify(): Promise<Proof>;
  /** Scales weights down, where needed, until every constant that is claimed is proven. */
  enforce(): Promise<void>;
}

/** Either a fixed number of power iterations with no readback, or as much work as a tolerance needs. */
export type RefreshOptions =
  | {
      readonly iterations: number;
      readonly tolerance?: never;
      readonly absoluteTolerance?: never;
      readonly maxIterations?: never;
    }
  | {
      /** Stop when the estimate rises by less than `tolerance` of itself plus `absoluteTolerance`. */
      readonly tolerance: number;
      /** Default 0. For weights near 0, whose relative error does not matter. */
      readonly absoluteTolerance?: number;
      /** Default 1000. */
      readonly maxIterations?: number;
      readonly iterations?: never;
    };

/** Of a layer that claims nothing and keeps nothing up to date, but whose constants are known. */
export function knownBounds(certify: () => LipschitzBounds | Promise<LipschitzBounds>): LipschitzControl {
  return { certify: async () => certify(), refresh: async () => {}, enforce: async () => {} };
}

/** Refreshes and enforces every part in turn; `certify` is the whole's own. */
export function controlOf<Proof>(
  parts: readonly Omit<LipschitzControl<unknown>, "certify">[],
  certify: () => Promise<Proof>,
): LipschitzControl<Proof> {
  return {
    async refresh(options) {
      for (const part of parts) await part.refresh(options);
    },
    certify,
    async enforce() {
      for (const part of parts) await part.enforce();
    },
  };
}
