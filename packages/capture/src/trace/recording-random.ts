import { UnsupportedError } from "@invertible/errors";
import { tensor } from "@invertible/ops";
import type { Random, Shape, Tensor } from "@invertible/ops";
import type { Recorder } from "./record.ts";
import type { ArrayNode } from "./recording.ts";

/** The random numbers that one tensor of a recording was filled with, as a function of the key. */
export interface Draw {
  readonly array: ArrayNode;
  readonly shape: Shape;
  readonly distribution: Distribution;
  /** Draws the numbers again from another key. */
  again(random: Random): Tensor;
}

/** What independent numbers are drawn from: a standard normal, a uniform on [low, high), or -1 and 1 with equal probability. */
export type Distribution =
  | { readonly name: "normal" }
  | { readonly name: "uniform"; readonly low: number; readonly high: number }
  | { readonly name: "rademacher" }
  /** The host computes them from the key. */
  | { readonly name: "computed" };

/** How long a loop is in a recording, and how long it has to be as a function of the key. */
export interface Length {
  readonly given: number;
  needed(random: Random): number;
}

/** What a recording learns of loops whose length depends on the key. */
export interface Loops {
  readonly lengths: Length[];
  /** Every such loop is made at least this long. */
  readonly shortest: number;
}

type Derive = (random: Random) => Random;

/**
 * Makes a key that draws the numbers of `random`, and notes for every tensor how it follows from the key. Keys that are derived from it
 * do the same.
 *
 * Numbers that reach the host, such as `uniformArray`, are refused: the course of the recorded task may depend on them. With `loops`,
 * a task may have loops whose length depends on the key. `visit` is told the path of every key that is derived.
 */
export function recordingRandom(
  where: string,
  random: Random,
  recorder: Recorder,
  draws: Draw[],
  loops?: Loops,
  visit: (path: string) => void = () => undefined,
): Random {
  const wrap = (own: Random, derive: Derive, path: string): Random => {
    const drawn = (distribution: Distribution, tensor: Tensor, again: (random: Random) => Tensor): Tensor => {
      draws.push({
        distribution,
        array: recorder.input(tensor),
        shape: [...tensor.shape],
        again: (key) => again(derive(key)),
      });
      return tensor;
    };
    const refuse = (method: string) => (): never => {
      throw new UnsupportedError(
        `${where}: expected random numbers that are drawn as tensors, received a call of random.${method}${recorder.place()}, on whose numbers the course of the computation may depend`,
      );
    };
    return Object.freeze({
      key: own.key,
      fold(data: number | string) {
        const at = path === "" ? String(data) : `${path}.${data}`;
        // A composite derives the key of each part just before it calls the part.
        visit(at);
        return wrap(own.fold(data), (key) => derive(key).fold(data), at);
      },
      split: (count: number) =>
        own.split(count).map((part, i) => wrap(part, (key) => derive(key).split(count)[i]!, path)),
      normal: (shape: Shape) => drawn({ name: "normal" }, own.normal(shape), (key) => key.normal(shape)),
      uniform: (shape: Shape, low = 0, high = 1) =>
        drawn({ name: "uniform", low, high }, own.uniform(shape, low, high), (key) =>
          key.uniform(shape, low, high),
        ),
      rademacher: (shape: Shape) =>
        drawn({ name: "rademacher" }, own.rademacher(shape), (key) => key.rademacher(shape)),
      normalArray: refuse("normalArray"),
      uniformArray: refuse("uniformArray"),
      integers: refuse("integers"),
      permutation: refuse("permutation"),
      ...(loops && {
        repeated: {
          length(needed: (random: Random) => number) {
            const given = Math.max(needed(own), loops.shortest);
            loops.lengths.push({ given, needed: (key) => needed(derive(key)) });
            return given;
          },
          fill: (shape: Shape, values: (random: Random) => Float32Array) =>
            drawn({ name: "computed" }, tensor(values(own), [...shape]), (key) =>
              tensor(values(key), [...shape]),
            ),
          when: (reached: Tensor, state: readonly Tensor[], body: () => Tensor[]) =>
            recorder.when(reached, state, body),
        },
      }),
    } satisfies Random);
  };
  return wrap(random, (key) => key, "");
}
