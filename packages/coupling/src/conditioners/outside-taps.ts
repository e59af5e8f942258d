/**
 * For each position of a [height, width] image and each of the nine taps of a zero-padded 3x3 kernel: 1 where the tap reads
 * padding, and 0 elsewhere. The result is [height * width, 9] in row-major order. Multiplied by a [9, outputs] kernel, it gives
 * the convolution of an indicator channel of the padding, which is the same for every example.
 */
export function outsideTaps(height: number, width: number): Float32Array {
  const taps = new Float32Array(height * width * 9);
  for (let row = 0; row < height; row++)
    for (let column = 0; column < width; column++)
      for (let tap = 0; tap < 9; tap++) {
        const [y, x] = [row + Math.floor(tap / 3) - 1, column + (tap % 3) - 1];
        const inside = y >= 0 && y < height && x >= 0 && x < width;
        taps[(row * width + column) * 9 + tap] = inside ? 0 : 1;
      }
  return taps;
}
