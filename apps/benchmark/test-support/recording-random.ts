import type { Random, Shape, Tensor } from "@invertible/ops";

/** Numbers that a layer drew. */
export interface Draw {
  readonly shape: Shape;
  readonly values: Float32Array;
}

/** The same key as `random`. It notes the numbers that layers draw from it, and from keys derived from it, in their order. */
export function recordingRandom(random: Random, draws: Draw[]): Random {
  const noted = (drawn: Tensor) => {
    draws.push({ shape: drawn.shape, values: Float32Array.from(drawn.dataSync()) });
    return drawn;
  };
  const array = (values: Float32Array) => {
    draws.push({ shape: [values.length], values: Float32Array.from(values) });
    return values;
  };
  return {
    ...random,
    key: random.key,
    fold: (data) => recordingRandom(random.fold(data), draws),
    split: (count) => random.split(count).map((each) => recordingRandom(each, draws)),
    normal: (shape) => noted(random.normal(shape)),
    uniform: (shape, low, high) => noted(random.uniform(shape, low, high)),
    rademacher: (shape) => noted(random.rademacher(shape)),
    normalArray: (size) => array(random.normalArray(size)),
    uniformArray: (size) => array(random.uniformArray(size)),
  };
}
