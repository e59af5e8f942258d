import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { mersenne } from "pure-rand/generator/mersenne";
import type { GeneratorOptions } from "./example-set.ts";
import { fail } from "@invertible/errors";

/** A stream of random numbers from one seed. */
export interface RandomSource {
  /** Draws a number that is uniform on [low, high). Default [0, 1). */
  uniform(low?: number, high?: number): number;
  /** Draws a normal number with mean 0 and the given standard deviation. Default 1. */
  normal(deviation?: number): number;
  /** Draws an integer that is uniform on 0..range-1. */
  integer(range: number): number;
}

/** Makes a stream from the Mersenne twister, whose seeding makes even neighbouring seeds independent. */
export function randomSource(seed: number): RandomSource {
  const generator = mersenne(seed);
  const uniform = (low = 0, high = 1) => low + (high - low) * uniformFloat64(generator);
  let spare: number | undefined;
  return {
    uniform,
    // After Box and Muller (1958): two independent normals come from two uniforms. 1 - u is never 0.
    normal(deviation = 1) {
      if (spare !== undefined) {
        const value = spare;
        spare = undefined;
        return deviation * value;
      }
      const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
      const angle = uniform(0, 2 * Math.PI);
      spare = radius * Math.sin(angle);
      return deviation * radius * Math.cos(angle);
    },
    integer: (range) => uniformInt(generator, 0, range - 1),
  };
}

/**
 * Checks the options of a generator.
 *
 * @throws ArgumentError for a count or seed outside its range.
 */
export function checkGeneratorOptions(where: string, { count, seed }: GeneratorOptions): void {
  if (!Number.isSafeInteger(count) || count < 1) fail(`${where}: count`, "a positive integer", count);
  checkSeed(where, seed);
}

/** @throws ArgumentError for anything but an integer in [0, 2^32). */
export function checkSeed(where: string, seed: number): void {
  if (!Number.isSafeInteger(seed) || seed < 0 || seed >= 2 ** 32)
    fail(`${where}: seed`, "an integer in [0, 2^32)", seed);
}
