/** One weight of a convolution. y[o] receives x[stride o + (dy, dx)] times `block`. */
export interface Tap {
  /** Vertical offset in pixels. */
  readonly dy: number;
  /** Horizontal offset in pixels. */
  readonly dx: number;
  /** The weights [inputs, outputs], row by row. */
  readonly block: Float64Array;
}

/**
 * A zero-padded convolution of images [height, width, inputs] into [outHeight, outWidth, outputs], in float64. A matrix is a
 * convolution of images of one pixel.
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

/** A side of a convolution: the pixels at which it reads, or those at which it writes. */
export type Side = "inputs" | "outputs";

/** A pixel, and the tap through which it is connected. */
export interface Connection {
  /** Index of the tap. */
  readonly tap: number;
  /** Index of the pixel, row by row. */
  readonly node: number;
}

/** Finds the pixels ("nodes") of a side with which a pixel of the other side is connected, and through which taps. */
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

/** Removes the taps that read only padding, and those whose weights are zero. */
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
