import { fail } from "@invertible/errors";
import type { Acceleration } from "./acceleration.ts";
import { anderson } from "./anderson.ts";
import { broyden } from "./broyden.ts";

/** Most changes that are remembered; a slow solve is no faster with more in float32. */
const mostChanges = 32;
const fewestChanges = 5;
/** Most numbers per row in them, twice: 256 kB. */
const mostNumbers = 2 ** 15;

/**
 * How much is remembered in d dimensions. After d changes Anderson's least squares have nothing left to learn; Broyden's
 * updates end a linear problem after 2d.
 * @throws ArgumentError for an unknown method.
 */
export function accelerationFor(
  where: string,
  method: string,
  dimension: number,
  lipschitz: number,
): Acceleration | undefined {
  const room = Math.max(fewestChanges, Math.min(mostChanges, Math.floor(mostNumbers / dimension)));
  switch (method) {
    case "banach":
      return undefined;
    case "anderson":
      return anderson(Math.min(room, dimension));
    case "broyden":
      return broyden(Math.min(room, 2 * dimension), lipschitz);
    default:
      return fail(`${where}: method`, `"banach", "anderson" or "broyden"`, method);
  }
}
