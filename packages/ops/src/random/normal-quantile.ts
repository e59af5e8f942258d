/**
 * The quantile function Phi^-1(p) of the standard normal distribution, for p in [2^-33, 1 - 2^-33]. Its relative error is about
 * 1e-7, which is below the spacing of float32.
 *
 * @see Wichura (1988), "Algorithm AS 241: the percentage points of the normal distribution", Applied Statistics 37(3), routine
 * PPND7. Its third range, p < exp(-25), is left out, because 32-bit draws never reach it.
 */
export function normalQuantile(p: number): number {
  const q = p - 0.5;
  if (Math.abs(q) <= 0.425) {
    const r = 0.180625 - q * q;
    return (
      (q * (((59.10937472 * r + 159.29113202) * r + 50.434271938) * r + 3.3871327179)) /
      (((67.1875636 * r + 78.757757664) * r + 17.895169469) * r + 1)
    );
  }
  const r = Math.sqrt(-Math.log(q < 0 ? p : 1 - p)) - 1.6;
  const z =
    (((0.17023821103 * r + 1.3067284816) * r + 2.75681539) * r + 1.4234372777) /
    ((0.12021132975 * r + 0.7370016425) * r + 1);
  return q < 0 ? -z : z;
}

/**
 * Computes standard normals from 32-bit words w, as the quantiles of (w + 1/2) / 2^32. They replace the words in place, because
 * allocating another array would cost as much as a fifth of the work.
 */
export function normalsInPlace(words: Uint32Array): Float32Array {
  const normals = new Float32Array(words.buffer, words.byteOffset, words.length);
  for (let i = 0; i < words.length; i++) normals[i] = normalQuantile((words[i]! + 0.5) / 2 ** 32);
  return normals;
}
