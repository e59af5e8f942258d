import type { Convolution64, Tap } from "../convolution64.ts";

/**
 * Writes a convolution of stride 2 as one of stride 1 on 2 x 2 cells of pixels. Input channel (2 a + b) inputs + i is channel i
 * of the pixel (a, b) of a cell. Images of odd size get a border that the operator itself does not see, so the norm of the
 * result is an upper bound of the operator's.
 */
export function polyphase(convolution: Convolution64): Convolution64 {
  if (convolution.stride === 1) return convolution;
  const { outHeight, outWidth, inputs, outputs } = convolution;
  const taps = new Map<string, Tap>();
  for (const { dy, dx, block } of convolution.taps) {
    const cell = { dy: Math.floor(dy / 2), dx: Math.floor(dx / 2) };
    const key = `${cell.dy} ${cell.dx}`;
    const tap = taps.get(key) ?? { ...cell, block: new Float64Array(4 * inputs * outputs) };
    tap.block.set(block, (2 * (dy - 2 * cell.dy) + (dx - 2 * cell.dx)) * block.length);
    taps.set(key, tap);
  }
  const sorted = [...taps.values()].sort((a, b) => a.dy - b.dy || a.dx - b.dx);
  const sizes = { height: outHeight, width: outWidth, inputs: 4 * inputs };
  return { ...convolution, ...sizes, stride: 1, taps: sorted };
}
