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

/** The pixel of an axis of `size` that an output reads through a tap, or undefined where that is padding. */
export function readPixel(out: number, offset: number, stride: number, size: number): number | undefined {
  const pixel = stride * out + offset;
  return pixel >= 0 && pixel < size ? pixel : undefined;
}

/** Without the taps that read only padding, or weigh nothing. */
export function withoutIdleTaps(convolution: Convolution64): Convolution64 {
  const { height, width, outHeight, outWidth, stride, taps } = convolution;
  const reaches = (outSize: number, offset: number, size: number) =>
    Array.from({ length: outSize }, (_, out) => readPixel(out, offset, stride, size)).some(
      (pixel) => pixel !== undefined,
    );
  const used = taps.filter(
    ({ dy, dx, block }) =>
      reaches(outHeight, dy, height) && reaches(outWidth, dx, width) && block.some((weight) => weight !== 0),
  );
  return { ...convolution, taps: used };
}
