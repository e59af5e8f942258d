import type { NamedVariables } from "@invertible/ops";

/**
 * Remembers the last result of `compute` until a variable is assigned to. An assignment gives a variable new storage, and
 * storage is never written to twice. So comparing the identity of the storage shows whether anything has changed.
 */
export function cachedByWeights<T>(
  variables: readonly NamedVariables[],
  compute: () => Promise<T>,
): () => Promise<T> {
  let last: { readonly storage: readonly object[]; readonly result: Promise<T> } | undefined;
  const storage = () => variables.flatMap((named) => Object.values(named).map(({ dataId }) => dataId));
  return () => {
    const now = storage();
    if (last?.storage.every((dataId, i) => dataId === now[i])) return last.result;
    const result = compute();
    const entry = { storage: now, result };
    last = entry;
    // A failure must not be remembered, nor a result whose variables changed while it was computed.
    const forget = () => {
      if (last === entry) last = undefined;
    };
    result.then(() => {
      if (!storage().every((dataId, i) => dataId === now[i])) forget();
    }, forget);
    return result;
  };
}
