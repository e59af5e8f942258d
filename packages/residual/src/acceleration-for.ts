import type { InverseMethod } from "@invertible/bijection";
import { fail } from "@invertible/ops";
import type { Acceleration } from "./acceleration.ts";
import { anderson } from "./anderson.ts";
import { broyden } from "./broyden.ts";

/** Changes that are remembered: their two vectors each cost 8 bytes per number and row. */
const memory = { anderson: 5, broyden: 10 };

/** In d dimensions d changes tell everything; more would repeat themselves. */
export function accelerationFor(
  where: string,
  method: InverseMethod,
  dimension: number,
  lipschitz: number,
): Acceleration | undefined {
  switch (method) {
    case "banach":
      return undefined;
    case "anderson":
      return anderson(Math.min(memory.anderson, dimension));
    case "broyden":
      return broyden(Math.max(2, Math.min(memory.broyden, 2 * dimension)), lipschitz);
    default:
      return fail(`${where}: method`, `"banach", "anderson" or "broyden"`, method);
  }
}
