import type { DatasetEntry } from "../dataset-entry.ts";
import { checkerboard } from "./checkerboard.ts";
import { eightGaussians } from "./eight-gaussians.ts";
import { glyphs } from "./glyphs.ts";
import { mnist } from "./mnist.ts";
import { moons } from "./moons.ts";
import { twoSpirals } from "./two-spirals.ts";

/** Every data set, in the order of the report. */
export const datasets: readonly DatasetEntry[] = [
  moons,
  checkerboard,
  eightGaussians,
  twoSpirals,
  glyphs,
  mnist,
];
