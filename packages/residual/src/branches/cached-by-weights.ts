import { watchVariables } from "@invertible/ops";
import type { NamedVariables } from "@invertible/ops";

/** Remembers the last result of `compute` until one of the variables is assigned to. */
export function cachedByWeights<T>(
  variables: readonly NamedVariables[],
  compute: () => Promise<T>,
): () => Promise<T> {
  const all = variables.flatMap((named) => Object.values(named));
  let last: { readonly unchanged: () => boolean; readonly result: Promise<T> } | undefined;
  return () => {
    if (last?.unchanged()) return last.result;
    const entry = { unchanged: watchVariables(all), result: compute() };
    last = entry;
    // A failure must not be remembered, nor a result whose variables changed while it was computed.
    const forget = () => {
      if (last === entry) last = undefined;
    };
    entry.result.then(() => {
      if (!entry.unchanged()) forget();
    }, forget);
    return entry.result;
  };
}
