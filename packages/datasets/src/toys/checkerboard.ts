import { defineToyDensity } from "./toy-density.ts";
import type { Draw } from "./toy-density.ts";

/** Draws one point of the board. */
export const drawCheckerboard: Draw = (random) => {
  const x = random.uniform(-2, 2);
  const y = random.uniform() - 2 * random.integer(2) + (Math.abs(Math.floor(x)) % 2);
  return [2 * x, 2 * y];
};

/**
 * The uniform distribution on the eight dark squares, of side 2, of a board on [-4, 4]^2. Points are drawn as x1 ~ U(-2, 2), x2
 * = U(0, 1) - 2 Bernoulli(1/2) + (floor(x1) mod 2), both times 2. The area is 32, so the entropy is ln 32.
 */
export const checkerboard = defineToyDensity({
  name: "checkerboard",
  extent: [-4, 4],
  entropy: Math.log(32),
  draw: drawCheckerboard,
  logDensity: (x, y) => {
    const inside = Math.abs(x) <= 4 && Math.abs(y) <= 4;
    const dark = (Math.floor(x / 2) + Math.floor(y / 2)) % 2 === 0;
    return inside && dark ? -Math.log(32) : -Infinity;
  },
});
