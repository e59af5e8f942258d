import { checkerboard } from "./checkerboard.ts";
import { circles, rings } from "./circles.ts";
import { cosine, line } from "./curves.ts";
import { eightGaussians } from "./eight-gaussians.ts";
import { moons } from "./moons.ts";
import { pinwheel } from "./pinwheel.ts";
import { rotatedCheckerboard } from "./rotated-checkerboard.ts";
import { swissRoll } from "./swiss-roll.ts";
import type { ToyDensity } from "./toy-density.ts";
import { twoSpirals } from "./two-spirals.ts";

/** The names of the densities on the plane, as the literature's code spells them. */
export type ToyDensityName =
  | "moons"
  | "checkerboard"
  | "checkerboard-45"
  | "8gaussians"
  | "2spirals"
  | "swissroll"
  | "circles"
  | "rings"
  | "pinwheel"
  | "line"
  | "cos";

/** Every density on the plane by its name. */
export const toyDensities: Readonly<Record<ToyDensityName, ToyDensity>> = Object.freeze({
  moons,
  checkerboard,
  "checkerboard-45": rotatedCheckerboard,
  "8gaussians": eightGaussians,
  "2spirals": twoSpirals,
  swissroll: swissRoll,
  circles,
  rings,
  pinwheel,
  line,
  cos: cosine,
});
