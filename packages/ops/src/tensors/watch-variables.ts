import type { Variable } from "./types.ts";

/**
 * Remembers the values that the variables hold now. The returned function says whether all of them still hold those values.
 *
 * It reads no numbers: assigning to a variable gives it other storage, and TensorFlow.js never writes to storage twice. An
 * assignment of equal numbers therefore counts as a change.
 */
export function watchVariables(variables: readonly Variable[]): () => boolean {
  const storage = variables.map(({ dataId }) => dataId);
  return () => variables.every(({ dataId }, i) => dataId === storage[i]);
}
