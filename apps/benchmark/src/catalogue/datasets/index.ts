import type { DatasetEntry } from "../dataset-entry.ts";
import { checkerboard } from "./checkerboard.ts";
import { rotatedCheckerboard } from "./checkerboard-45.ts";
import { eightGaussians } from "./eight-gaussians.ts";
import { glyphs } from "./glyphs.ts";
import { mnist } from "./mnist.ts";
import { moons } from "./moons.ts";
import { pinwheel } from "./pinwheel.ts";
import { rings } from "./rings.ts";
import { twoSpirals } from "./two-spirals.ts";

/** Every data set, in the order of the report. */
export const datasets: readonly DatasetEntry[] = [
  moons,
  checkerboard,
  rotatedCheckerboard,
  eightGaussians,
  twoSpirals,
  rings,
  pinwheel,
  glyphs,
  mnist,
];
