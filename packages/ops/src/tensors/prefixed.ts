import type { NamedVariables } from "./types.ts";

/** Gives variables the names `<prefix>.<name>`. */
export function prefixed(prefix: string, variables: NamedVariables): NamedVariables {
  return Object.fromEntries(
    Object.entries(variables).map(([name, variable]) => [`${prefix}.${name}`, variable]),
  );
}
