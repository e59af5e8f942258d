import { Lanes } from "./lanes";
import { clear } from "./panel";

/** Bytes of scratch memory that `convolveToFew` needs. */
export function convolveToFewScratch(taps: i32, channels: i32, outputs: i32): usize {
  return (<usize>taps * <usize>channels * <usize>outputs + <usize>channels + <usize>taps * 4) << 2;
}

/**
 * A convolution of stride 1 to few channels: out[h, w, o] = sum of x[h + i - top, w + j - left, c] kernel[i, j, c, o], for a
 * number of channels c that is a multiple of 4. Scalar products along the channels, of four pixels with two outputs at a time,
 * need no padding of the outputs.
 */
export function convolveToFew(
  x: usize,
  kernel: usize,
  out: usize,
  scratch: usize,
  batch: i32,
  height: i32,
  width: i32,
  channels: i32,
  outputs: i32,
  kernelHeight: i32,
  kernelWidth: i32,
): void {
  const taps = kernelHeight * kernelWidth;
  const pixelBytes = (<usize>channels) << 2;
  const outBytes = (<usize>outputs) << 2;
  const rowBytes = <usize>taps * pixelBytes;
  // The kernel as [output, tap, channel], a pixel of zeros for outside of the image, and where the taps of four pixels are.
  const rows = scratch;
  const zeros = rows + <usize>outputs * rowBytes;
  const places = zeros + pixelBytes;
  for (let o = 0; o < outputs; o++)
    for (let r = 0; r < taps * channels; r++)
      store<f32>(
        rows + <usize>o * rowBytes + ((<usize>r) << 2),
        load<f32>(kernel + ((<usize>(r * outputs + o)) << 2)),
      );
  clear(zeros, pixelBytes);

  const pixels = batch * height * width;
  for (let first = 0; first < pixels; first += 4) {
    const count = min(4, pixels - first);
    for (let n = 0; n < 4; n++)
      placeTaps(
        x,
        zeros,
        places + ((<usize>n) << 2),
        first + min(n, count - 1),
        height,
        width,
        pixelBytes,
        kernelHeight,
        kernelWidth,
      );
    let to = out + <usize>first * outBytes;
    let o = 0;
    for (; o + 1 < outputs; o += 2) {
      let q0 = rows + <usize>o * rowBytes;
      let q1 = q0 + rowBytes;
      let c00 = f32x4.splat(0);
      let c01 = c00,
        c10 = c00,
        c11 = c00,
        c20 = c00,
        c21 = c00,
        c30 = c00,
        c31 = c00;
      let place = places;
      for (let tap = 0; tap < taps; tap++) {
        let p0: usize = load<u32>(place);
        let p1: usize = load<u32>(place, 4);
        let p2: usize = load<u32>(place, 8);
        let p3: usize = load<u32>(place, 12);
        place += 16;
        for (let c = channels; c > 0; c -= 4) {
          const b0 = v128.load(q0);
          const b1 = v128.load(q1);
          let a = v128.load(p0);
          c00 = f32x4.add(c00, f32x4.mul(a, b0));
          c01 = f32x4.add(c01, f32x4.mul(a, b1));
          a = v128.load(p1);
          c10 = f32x4.add(c10, f32x4.mul(a, b0));
          c11 = f32x4.add(c11, f32x4.mul(a, b1));
          a = v128.load(p2);
          c20 = f32x4.add(c20, f32x4.mul(a, b0));
          c21 = f32x4.add(c21, f32x4.mul(a, b1));
          a = v128.load(p3);
          c30 = f32x4.add(c30, f32x4.mul(a, b0));
          c31 = f32x4.add(c31, f32x4.mul(a, b1));
          p0 += 16;
          p1 += 16;
          p2 += 16;
          p3 += 16;
          q0 += 16;
          q1 += 16;
        }
      }
      Lanes.store(to, outBytes, Lanes.sums(c00, c10, c20, c30), count);
      Lanes.store(to + 4, outBytes, Lanes.sums(c01, c11, c21, c31), count);
      to += 8;
    }
    if (o < outputs) {
      let q = rows + <usize>o * rowBytes;
      let c0 = f32x4.splat(0);
      let c1 = c0,
        c2 = c0,
        c3 = c0;
      let place = places;
      for (let tap = 0; tap < taps; tap++) {
        let p0: usize = load<u32>(place);
        let p1: usize = load<u32>(place, 4);
        let p2: usize = load<u32>(place, 8);
        let p3: usize = load<u32>(place, 12);
        place += 16;
        for (let c = channels; c > 0; c -= 4) {
          const b = v128.load(q);
          c0 = f32x4.add(c0, f32x4.mul(v128.load(p0), b));
          c1 = f32x4.add(c1, f32x4.mul(v128.load(p1), b));
          c2 = f32x4.add(c2, f32x4.mul(v128.load(p2), b));
          c3 = f32x4.add(c3, f32x4.mul(v128.load(p3), b));
          p0 += 16;
          p1 += 16;
          p2 += 16;
          p3 += 16;
          q += 16;
        }
      }
      Lanes.store(to, outBytes, Lanes.sums(c0, c1, c2, c3), count);
    }
  }
}

/** Where the neighbourhood of a pixel lies, tap by tap, every 16 bytes of `out`. */
function placeTaps(
  x: usize,
  zeros: usize,
  out: usize,
  pixel: i32,
  height: i32,
  width: i32,
  pixelBytes: usize,
  kernelHeight: i32,
  kernelWidth: i32,
): void {
  const w = (pixel % width) - ((kernelWidth - 1) >> 1);
  const row = pixel / width;
  const h = row % height;
  const top = (kernelHeight - 1) >> 1;
  for (let i = 0; i < kernelHeight; i++) {
    const inside = <u32>(h + i - top) < <u32>height;
    const line = x + <usize>((row + i - top) * width) * pixelBytes;
    for (let j = 0; j < kernelWidth; j++) {
      const at = w + j;
      store<u32>(out, <u32>(inside && <u32>at < <u32>width ? line + <usize>at * pixelBytes : zeros));
      out += 16;
    }
  }
}
