import { prefixed } from "@invertible/ops";
import type { NamedVariables } from "@invertible/ops";

/** Collects the variables of all parts under "0.", "1.", and so on. */
export function named(parts: readonly NamedVariables[]): NamedVariables {
  return Object.assign({}, ...parts.map((part, i) => prefixed(String(i), part))) as NamedVariables;
}
