import type { ExampleSet, GeneratorOptions } from "../example-set.ts";
import { toyDensities } from "./toy-densities.ts";

type Generator = (options: GeneratorOptions) => ExampleSet<Float32Array>;

/** Generates points of `toyDensities.moons`. */
export const twoMoons: Generator = toyDensities.moons.generate;
/** Generates points of `toyDensities.checkerboard`. */
export const checkerboard: Generator = toyDensities.checkerboard.generate;
/** Generates points of `toyDensities["checkerboard-45"]`. */
export const rotatedCheckerboard: Generator = toyDensities["checkerboard-45"].generate;
/** Generates points of `toyDensities["8gaussians"]`. */
export const eightGaussians: Generator = toyDensities["8gaussians"].generate;
/** Generates points of `toyDensities["2spirals"]`. */
export const twoSpirals: Generator = toyDensities["2spirals"].generate;
/** Generates points of `toyDensities.swissroll`. */
export const swissRoll: Generator = toyDensities.swissroll.generate;
/** Generates points of `toyDensities.circles`. */
export const circles: Generator = toyDensities.circles.generate;
/** Generates points of `toyDensities.rings`. */
export const rings: Generator = toyDensities.rings.generate;
/** Generates points of `toyDensities.pinwheel`. */
export const pinwheel: Generator = toyDensities.pinwheel.generate;
/** Generates points of `toyDensities.line`. */
export const line: Generator = toyDensities.line.generate;
/** Generates points of `toyDensities.cos`. */
export const cosine: Generator = toyDensities.cos.generate;
