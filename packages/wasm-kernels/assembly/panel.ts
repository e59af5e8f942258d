/** Copies of small pieces of images, laid out for `addTransposedProduct`. */

class Floats {
  @inline static copy(from: usize, to: usize, bytes: usize): void {
    const whole = bytes & ~15;
    let i: usize = 0;
    for (; i < whole; i += 16) v128.store(to + i, v128.load(from + i));
    for (; i < bytes; i += 4) store<f32>(to + i, load<f32>(from + i));
  }

  @inline static clear(to: usize, bytes: usize): void {
    const whole = bytes & ~15;
    let i: usize = 0;
    for (; i < whole; i += 16) v128.store(to + i, f32x4.splat(0));
    for (; i < bytes; i += 4) store<f32>(to + i, 0);
  }
}

export function clear(to: usize, bytes: usize): void {
  Floats.clear(to, bytes);
}

export function copy(from: usize, to: usize, bytes: usize): void {
  Floats.copy(from, to, bytes);
}

/** Rows of `from` bytes, widened with zeros to rows of `to` bytes. */
export function widenRows(source: usize, out: usize, rows: i32, from: usize, to: usize): void {
  for (let r = 0; r < rows; r++) {
    Floats.copy(source, out, from);
    Floats.clear(out + from, to - from);
    source += from;
    out += to;
  }
}

/**
 * For pixels first..first+count-1 of a grid of images [height, width], the neighbourhoods in images
 * [sourceHeight, sourceWidth, channels]: a row (tap, channel) for each pixel, `rowBytes` long, zero outside of the image and
 * after the last tap. Pixel (h, w) sees, at tap (i, j), source pixel (h * stride + i - top, w * stride + j - left).
 */
export function gatherNeighbourhoods(
  source: usize,
  out: usize,
  rowBytes: usize,
  first: i32,
  count: i32,
  height: i32,
  width: i32,
  sourceHeight: i32,
  sourceWidth: i32,
  channels: i32,
  kernelHeight: i32,
  kernelWidth: i32,
  top: i32,
  left: i32,
  stride: i32,
): void {
  const pixelBytes = (<usize>channels) << 2;
  const lineBytes = <usize>kernelWidth * pixelBytes;
  let w = first % width;
  let h = (first / width) % height;
  let image = source + <usize>(first / (width * height)) * <usize>(sourceHeight * sourceWidth) * pixelBytes;
  for (let n = 0; n < count; n++) {
    // The taps of a line that lie inside of the image lie side by side in memory.
    const x = w * stride - left;
    const from = min(max(0, -x), kernelWidth);
    const inside = <usize>max(0, min(kernelWidth, sourceWidth - x) - from) * pixelBytes;
    const before = <usize>from * pixelBytes;
    let to = out;
    for (let i = 0; i < kernelHeight; i++) {
      const y = h * stride + i - top;
      // Unsigned comparison: negative is outside too.
      if (<u32>y < <u32>sourceHeight) {
        Floats.clear(to, before);
        Floats.copy(image + <usize>(y * sourceWidth + x + from) * pixelBytes, to + before, inside);
        Floats.clear(to + before + inside, lineBytes - before - inside);
      } else Floats.clear(to, lineBytes);
      to += lineBytes;
    }
    out += rowBytes;
    Floats.clear(to, out - to);
    if (++w === width) {
      w = 0;
      if (++h === height) {
        h = 0;
        image += <usize>(sourceHeight * sourceWidth) * pixelBytes;
      }
    }
  }
}
