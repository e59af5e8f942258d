import { mersenne } from "pure-rand/generator/mersenne";

/** The generator behind NumPy's `RandomState`, as far as published preprocessing uses it. */
export interface NumpyRandom {
  /** An order of 0..count-1, as `shuffle` brings rows into. */
  permutation(count: number): Uint32Array;
  /** The next number of `rand`, uniform on [0, 1). */
  rand(): number;
}

/**
 * `numpy.random.RandomState(seed)`: the Mersenne twister MT19937. NumPy has promised to keep its numbers, so a published split
 * can be repeated.
 *
 * @see NumPy Reference, "Legacy random generation"
 */
export function numpyRandom(seed: number): NumpyRandom {
  const generator = mersenne(seed);
  const next = () => generator.next() >>> 0;
  /** Uniform on 0..largest: bits are drawn until they are small enough. */
  const below = (largest: number) => {
    const bits = 2 ** (32 - Math.clz32(largest)) - 1;
    for (;;) {
      const value = (next() & bits) >>> 0;
      if (value <= largest) return value;
    }
  };
  return {
    permutation(count) {
      const order = Uint32Array.from({ length: count }, (_, i) => i);
      for (let i = count - 1; i > 0; i--) {
        const j = below(i);
        [order[i], order[j]] = [order[j]!, order[i]!];
      }
      return order;
    },
    rand: () => ((next() >>> 5) * 2 ** 26 + (next() >>> 6)) / 2 ** 53,
  };
}
