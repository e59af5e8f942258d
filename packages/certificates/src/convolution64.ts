/**
 * One weight of a convolution: y[o] gets x[stride o + (dy, dx)] `block`, block [inputs, outputs] row by row.
 */
export interface Tap {
  readonly dy: number;
  readonly dx: number;
  readonly block: Float64Array;
}

/**
 * A zero-padded convolution of images [height, width, inputs] into [outHeight, outWidth, outputs], in float64. A matrix is one
 * on images of one pixel.
 */
export interface Convolution64 {
  readonly height: number;
  readonly width: number;
  readonly outHeight: number;
  readonly outWidth: number;
  readonly stride: 1 | 2;
  readonly inputs: number;
  readonly outputs: number;
  readonly taps: readonly Tap[];
}

/** The pixels at which a convolution reads, or those at which it writes. */
export type Side = "inputs" | "outputs";

/** A pixel, and the tap that it is connected through. */
export interface Connection {
  readonly tap: number;
  readonly node: number;
}

/** The pixels ("nodes") of a side that a pixel of the other side is connected with, and through which taps. */
export function connected(convolution: Convolution64, side: Side, group: number): Connection[] {
  const { height, width, outHeight, outWidth, stride, taps } = convolution;
  const [groupWidth, nodeHeight, nodeWidth] =
    side === "inputs" ? [outWidth, height, width] : [width, outHeight, outWidth];
  const [gy, gx] = [Math.floor(group / groupWidth), group % groupWidth];
  return taps.flatMap(({ dy, dx }, tap) => {
    const y = side === "inputs" ? stride * gy + dy : (gy - dy) / stride;
    const x = side === "inputs" ? stride * gx + dx : (gx - dx) / stride;
    const inside =
      y >= 0 && x >= 0 && y < nodeHeight && x < nodeWidth && Number.isInteger(y) && Number.isInteger(x);
    return inside ? [{ tap, node: y * nodeWidth + x }] : [];
  });
}

/** Without the taps that read only padding, or weigh nothing. */
export function withoutIdleTaps(convolution: Convolution64): Convolution64 {
  const { height, width, outHeight, outWidth, stride, taps } = convolution;
  const reaches = (outSize: number, offset: number, size: number) =>
    Array.from({ length: outSize }, (_, out) => stride * out + offset).some(
      (pixel) => pixel >= 0 && pixel < size,
    );
  const used = taps.filter(
    ({ dy, dx, block }) =>
      reaches(outHeight, dy, height) && reaches(outWidth, dx, width) && block.some((weight) => weight !== 0),
  );
  return { ...convolution, taps: used };
}
