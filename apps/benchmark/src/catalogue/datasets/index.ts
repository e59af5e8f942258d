import type { DatasetEntry } from "../dataset-entry.ts";
import { adbench } from "./adbench.ts";
import { checkerboard } from "./checkerboard.ts";
import { rotatedCheckerboard } from "./checkerboard-45.ts";
import { cifar10 } from "./cifar-10.ts";
import { cifar100 } from "./cifar-100.ts";
import { eightGaussians } from "./eight-gaussians.ts";
import { fashionMnist } from "./fashion-mnist.ts";
import { glyphs } from "./glyphs.ts";
import { mafTables } from "./maf-tables.ts";
import { mnist } from "./mnist.ts";
import { moons } from "./moons.ts";
import { optdigits } from "./optdigits.ts";
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
  fashionMnist,
  cifar10,
  cifar100,
  ...optdigits,
  ...mafTables,
  ...adbench,
];
