import type { NamedVariables } from "@invertible/ops";

/**
 * Remembers the last result of `compute` for as long as no variable has been assigned to. An assignment gives a variable new
 * storage, and storage is never written to twice: so the identity of the storage says whether anything changed.
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
    // A failure, or a change while computing, must not be remembered.
    const forget = () => {
      if (last === entry) last = undefined;
    };
    result.then(() => {
      if (!storage().every((dataId, i) => dataId === now[i])) forget();
    }, forget);
    return result;
  };
}
