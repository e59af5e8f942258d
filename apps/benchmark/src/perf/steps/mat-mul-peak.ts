import { dispose, matMul, ones, slice } from "@invertible/ops";

const size = 512;
const repeats = 20;

/** The best rate at which the current backend multiplies matrices of 512 x 512, in 10^9 operations per second. */
export async function matMulPeak(): Promise<number> {
  const [a, b] = [ones([size, size]), ones([size, size])];
  let best = Infinity;
  for (let i = 0; i < repeats; i++) {
    const start = performance.now();
    const product = matMul(a, b);
    // One number is enough to wait for all of them, and takes no time to read.
    const corner = slice(product, [0, 0], [1, 1]);
    await corner.data();
    best = Math.min(best, performance.now() - start);
    dispose([product, corner]);
  }
  dispose([a, b]);
  return (2 * size ** 3) / best / 1e6;
}
