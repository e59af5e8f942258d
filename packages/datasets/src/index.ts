export type { ExampleSet, GeneratorOptions } from "./example-set.ts";
export { DataFileError, DownloadError } from "./errors.ts";
export type { ToyDensity } from "./toys/toy-density.ts";
export type { ToyDensityName } from "./toys/toy-densities.ts";
export { toyDensities } from "./toys/toy-densities.ts";
export {
  checkerboard,
  circles,
  cosine,
  eightGaussians,
  line,
  pinwheel,
  rings,
  rotatedCheckerboard,
  swissRoll,
  twoMoons,
  twoSpirals,
} from "./toys/generators.ts";
export { glyphs } from "./glyphs/glyphs.ts";
