/**
 * Proven upper bounds of the Lipschitz constants of a bijection f, in the Euclidean norm. A bound is Infinity where nothing is
 * proven.
 */
export interface LipschitzBounds {
  /** A number no smaller than sup |f(a) - f(b)| / |a - b|. */
  readonly forward: number;
  /** A number no smaller than sup |f^-1(a) - f^-1(b)| / |a - b|. */
  readonly inverse: number;
}

/**
 * What keeps Lipschitz constants below their limits while weights change, and proves that they are. Operators, branches, layers
 * and flows share this interface and differ in what `certify` returns: one bound for an operator, a bound for each direction
 * for a layer.
 */
export interface LipschitzControl<Proof = LipschitzBounds> {
  /**
   * Brings estimates that follow the weights up to date, such as the vectors of power iteration. The trainer calls it after
   * every step.
   */
  refresh(options: RefreshOptions): Promise<void>;
  /**
   * Proves bounds from the weights as they are now. They hold for every condition and every random key. The proof treats the
   * stored float32 weights as exact numbers and computes in float64, with its own rounding accounted for. It does not cover the
   * rounding inside a forward call.
   */
  certify(): Promise<Proof>;
  /** Scales weights down, where needed, until every constant that the layer claims is proven. */
  enforce(): Promise<void>;
  /**
   * Whether the estimates belong to the weights as they are now. It is false once a weight was assigned to without a refresh.
   * It reads no numbers, and a layer with it warns once when it runs with such weights. Absent where nothing is estimated.
   */
  isFresh?(): boolean;
}

/**
 * How much work `refresh` does. Either a fixed number of power iterations, which reads no numbers back, or as many as a
 * tolerance needs.
 */
export type RefreshOptions =
  | {
      /** How many power iterations to run. No numbers are read back. */
      readonly iterations: number;
      readonly tolerance?: never;
      readonly absoluteTolerance?: never;
      readonly maxIterations?: never;
    }
  | {
      /** Stop when an iteration raises the estimate by less than `tolerance` times the estimate plus `absoluteTolerance`. */
      readonly tolerance: number;
      /** Default 0. A positive value ends the iteration early for weights near 0, whose relative error does not matter. */
      readonly absoluteTolerance?: number;
      /** Give up after this many iterations. Default 1000. */
      readonly maxIterations?: number;
      readonly iterations?: never;
    };

/** The control of a layer whose constants are known by a formula, so that nothing has to be refreshed or enforced. */
export function knownBounds(certify: () => LipschitzBounds | Promise<LipschitzBounds>): LipschitzControl {
  return { certify: async () => certify(), refresh: async () => {}, enforce: async () => {} };
}

/**
 * The control of something made of parts. It refreshes and enforces every part in turn, and proves what the given function
 * proves.
 */
export function controlOf<Proof>(
  parts: readonly Omit<LipschitzControl<unknown>, "certify">[],
  certify: () => Promise<Proof>,
): LipschitzControl<Proof> {
  const estimated = parts.filter((part) => part.isFresh !== undefined);
  return {
    // Not `every`, which would leave parts behind the first stale one unseen.
    ...(estimated.length > 0 && {
      isFresh: () => estimated.reduce((fresh, part) => part.isFresh!() && fresh, true),
    }),
    async refresh(options) {
      for (const part of parts) await part.refresh(options);
    },
    certify,
    async enforce() {
      for (const part of parts) await part.enforce();
    },
  };
}
