import type { NamedVariables } from "@invertible/ops";

/** Each name with a prefix and a dot before it. */
export function prefixed(prefix: string, variables: NamedVariables): NamedVariables {
  return Object.fromEntries(Object.entries(variables).map(([name, value]) => [`${prefix}.${name}`, value]));
}

/** The variables of all parts, under "0.", "1.", ... in their order. */
export function named(parts: readonly NamedVariables[]): NamedVariables {
  return Object.assign({}, ...parts.map((part, i) => prefixed(String(i), part))) as NamedVariables;
}
