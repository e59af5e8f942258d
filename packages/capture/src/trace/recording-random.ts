import { UnsupportedError } from "@invertible/errors";
import { tensor } from "@invertible/ops";
import type { Random, Shape, Tensor } from "@invertible/ops";
import type { Recorder } from "./record.ts";
import type { ArrayNode } from "./recording.ts";

/** The random numbers that one tensor of a recording was filled with, as a function of the key. */
export interface Draw {
  readonly array: ArrayNode;
  readonly shape: Shape;
  /** Draws the numbers again from another key. */
  again(random: Random): Tensor;
}

/** How long a loop is in a recording, and how long it has to be as a function of the key. */
export interface Length {
  readonly given: number;
  needed(random: Random): number;
}

/** What of a recording follows from the key. */
export interface DrawLog {
  readonly draws: Draw[];
  readonly lengths: Length[];
}

type Derive = (random: Random) => Random;

/**
 * Makes a key that draws the numbers of `random`, and notes for every tensor how it follows from the key. Keys that are derived from it
 * do the same.
 *
 * A loop whose length depends on the key is made at least `shortest` long.
 *
 * Numbers that reach the host, such as `uniformArray`, are refused: the course of the recorded task may depend on them.
 */
export function recordingRandom(
  where: string,
  random: Random,
  recorder: Recorder,
  { draws, lengths }: DrawLog,
  shortest = 0,
): Random {
  const wrap = (own: Random, derive: Derive): Random => {
    const drawn = (tensor: Tensor, again: (random: Random) => Tensor): Tensor => {
      draws.push({
        array: recorder.input(tensor),
        shape: [...tensor.shape],
        again: (key) => again(derive(key)),
      });
      return tensor;
    };
    const refuse = (method: string) => (): never => {
      throw new UnsupportedError(
        `${where}: expected random numbers that are drawn as tensors, received a call of random.${method}, on whose numbers the course of the computation may depend`,
      );
    };
    return Object.freeze({
      key: own.key,
      fold: (data: number | string) => wrap(own.fold(data), (key) => derive(key).fold(data)),
      split: (count: number) =>
        own.split(count).map((part, i) => wrap(part, (key) => derive(key).split(count)[i]!)),
      normal: (shape: Shape) => drawn(own.normal(shape), (key) => key.normal(shape)),
      uniform: (shape: Shape, low?: number, high?: number) =>
        drawn(own.uniform(shape, low, high), (key) => key.uniform(shape, low, high)),
      rademacher: (shape: Shape) => drawn(own.rademacher(shape), (key) => key.rademacher(shape)),
      normalArray: refuse("normalArray"),
      uniformArray: refuse("uniformArray"),
      integers: refuse("integers"),
      permutation: refuse("permutation"),
      repeated: {
        length(needed: (random: Random) => number) {
          const given = Math.max(needed(own), shortest);
          lengths.push({ given, needed: (key) => needed(derive(key)) });
          return given;
        },
        fill: (shape: Shape, values: (random: Random) => Float32Array) =>
          drawn(tensor(values(own), [...shape]), (key) => tensor(values(key), [...shape])),
      },
    } satisfies Random);
  };
  return wrap(random, (key) => key);
}
