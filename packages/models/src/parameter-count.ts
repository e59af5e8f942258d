import type { NamedVariables } from "@invertible/ops";

/** How many numbers training may change, in all parts of a flow or classifier together. State does not count. */
export function parameterCount(model: { readonly parameters: NamedVariables }): number {
  return Object.values(model.parameters).reduce((total, { size }) => total + size, 0);
}
