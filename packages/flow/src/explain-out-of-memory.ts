import { OutOfMemoryError } from "@invertible/errors";

/** The call whose batch was too large. */
export interface TooLarge {
  /** Begins the message: "flow.logProb". */
  readonly where: string;
  /** How many examples there were in one batch. */
  readonly examples: number;
  /** What to do: "pass a smaller batchSize". */
  readonly remedy: string;
}

/**
 * Turns the error of a backend whose memory is full into one that names the batch and says what to do. Any other error is
 * returned as it is.
 */
export function explainOutOfMemory(error: unknown, { where, examples, remedy }: TooLarge): unknown {
  if (!isOutOfMemory(error) || error.message.startsWith(where)) return error;
  return new OutOfMemoryError(
    `${where}: expected a batch that fits into memory, received ${examples} examples (${error.message}); ${remedy}`,
    { cause: error },
  );
}

/** The cpu backend keeps tensors in typed arrays, which JavaScript refuses to make with a RangeError. */
function isOutOfMemory(error: unknown): error is Error {
  return (
    OutOfMemoryError.is(error) ||
    (error instanceof RangeError && /allocation failed|array length/i.test(error.message))
  );
}
