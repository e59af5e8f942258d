import type { ExampleSet, GeneratorOptions } from "../example-set.ts";
import { toyDensities } from "./toy-densities.ts";

type Generator = (options: GeneratorOptions) => ExampleSet<Float32Array>;

/** Points of `toyDensities.moons`. */
export const twoMoons: Generator = toyDensities.moons.generate;
/** Points of `toyDensities.checkerboard`. */
export const checkerboard: Generator = toyDensities.checkerboard.generate;
/** Points of `toyDensities["8gaussians"]`. */
export const eightGaussians: Generator = toyDensities["8gaussians"].generate;
/** Points of `toyDensities["2spirals"]`. */
export const twoSpirals: Generator = toyDensities["2spirals"].generate;
/** Points of `toyDensities.swissroll`. */
export const swissRoll: Generator = toyDensities.swissroll.generate;
/** Points of `toyDensities.circles`. */
export const circles: Generator = toyDensities.circles.generate;
/** Points of `toyDensities.rings`. */
export const rings: Generator = toyDensities.rings.generate;
/** Points of `toyDensities.pinwheel`. */
export const pinwheel: Generator = toyDensities.pinwheel.generate;
/** Points of `toyDensities.line`. */
export const line: Generator = toyDensities.line.generate;
/** Points of `toyDensities.cos`. */
export const cosine: Generator = toyDensities.cos.generate;
