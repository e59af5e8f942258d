/** A number that a law compared with its limit: an error with a tolerance, or a slope with the constant that bounds it. */
export interface Measured {
  /** In words, what was measured: "inverse(forward(x)), a batch of 4". */
  readonly what: string;
  readonly value: number;
  /** The law holds as long as the value is at most this. */
  readonly allowed: number;
}

/** What a law measured in all its comparisons. */
export interface Measurements {
  /** How many numbers were compared with a limit. 0 for a law that compares bits, shapes or counts. */
  readonly comparisons: number;
  /** The comparison that came nearest to its limit, or exceeded it most. Absent where there was none. */
  readonly closest?: Measured;
}

/** The value as a multiple of what is allowed: a law holds while this is at most 1. */
export function ratioOf({ value, allowed }: Measured): number {
  // Some laws allow no error at all.
  return value === 0 && allowed === 0 ? 0 : value / allowed;
}

/** Collects what one law measures on one bijection. It keeps the closest comparison only, so it costs next to nothing. */
export interface Recorder {
  record(measured: Measured): void;
  readonly measurements: () => Measurements;
}

export function recorder(): Recorder {
  let comparisons = 0;
  let closest: Measured | undefined;
  return {
    record(measured) {
      // Where nothing is claimed there is nothing to come near to.
      if (measured.allowed === Infinity) return;
      comparisons += 1;
      const ratio = ratioOf(measured);
      if (closest === undefined || Number.isNaN(ratio) || ratio > ratioOf(closest)) closest = measured;
    },
    measurements: () => ({ comparisons, ...(closest && { closest }) }),
  };
}
