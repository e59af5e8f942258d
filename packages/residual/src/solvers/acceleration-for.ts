import { fail } from "@invertible/errors";
import type { Acceleration } from "./acceleration.ts";
import { anderson } from "./anderson.ts";
import { broyden } from "./broyden.ts";

/** The largest number of changes that are remembered. In float32 a slow solve is no faster with more. */
const mostChanges = 32;
/** The least number of changes that are remembered, however large a row is. */
const fewestChanges = 5;
/** The largest number of values that the changes of one row may have. They are stored twice, in 256 kB. */
const mostNumbers = 2 ** 15;

/**
 * Chooses a method, and how much it remembers in d dimensions. After d changes the least squares of Anderson have nothing left
 * to learn. Broyden's updates solve a linear problem after at most 2d changes.
 *
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
