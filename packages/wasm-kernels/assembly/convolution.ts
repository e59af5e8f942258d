import { clear, gatherNeighbourhoods, widenRows } from "./panel";
import { matrixProductScratch, multiplyPacked, packColumns } from "./matrix-product";
import { addTransposedProduct } from "./transposed-product";

/** Pixels to a panel: panels of both factors stay in the nearest caches. */
const panelPixels: i32 = 64;

/** Bytes of scratch memory that `neighbourhoodProduct` needs for m neighbourhood columns and n direct ones. */
export function neighbourhoodProductScratch(m: i32, n: i32): usize {
  const columns = (<usize>roundUp(m, 4) + <usize>roundUp(n, 8)) << 2;
  return <usize>panelPixels * columns + ((<usize>roundUp(m, 4) * <usize>roundUp(n, 8)) << 2);
}

/**
 * The gradient of a convolution in its kernel, for `top` and `left` rows and columns of zeros before the image, as P^T D: rows of P are the neighbourhoods of the pixels of a
 * grid [batch, height, width] in `source`, rows of D the pixels of `direct` on that grid.
 *
 * Plain: source is the input, direct the output's gradient; out[i, j, source channel, direct channel].
 * Reflected (stride 1): source is the output's gradient, direct the input; out[i, j, direct channel, source channel], with the
 * taps in the opposite order.
 * Both give the same sums; the fewer neighbourhood columns, the less to copy.
 */
export function neighbourhoodProduct(
  source: usize,
  direct: usize,
  out: usize,
  scratch: usize,
  batch: i32,
  height: i32,
  width: i32,
  sourceHeight: i32,
  sourceWidth: i32,
  sourceChannels: i32,
  directChannels: i32,
  kernelHeight: i32,
  kernelWidth: i32,
  top: i32,
  left: i32,
  stride: i32,
  reflected: bool,
): void {
  const taps = kernelHeight * kernelWidth;
  const m = roundUp(taps * sourceChannels, 4);
  const n = roundUp(directChannels, 8);
  const rowA = (<usize>m) << 2;
  const rowB = (<usize>n) << 2;
  const product = scratch;
  const panelA = product + <usize>m * rowB;
  const panelB = panelA + <usize>panelPixels * rowA;
  clear(product, <usize>m * rowB);

  const sourceIsPanel = taps === 1 && stride === 1 && m === sourceChannels;
  const directIsPanel = n === directChannels;
  const directBytes = (<usize>directChannels) << 2;
  const pixels = batch * height * width;
  for (let first = 0; first < pixels; first += panelPixels) {
    const count = min(panelPixels, pixels - first);
    let a = source + <usize>first * rowA;
    if (!sourceIsPanel) {
      a = panelA;
      gatherNeighbourhoods(
        source,
        a,
        rowA,
        first,
        count,
        height,
        width,
        sourceHeight,
        sourceWidth,
        sourceChannels,
        kernelHeight,
        kernelWidth,
        top,
        left,
        stride,
      );
    }
    let b = direct + <usize>first * directBytes;
    if (!directIsPanel) {
      widenRows(b, panelB, count, directBytes, rowB);
      b = panelB;
    }
    addTransposedProduct(a, rowA, b, rowB, product, rowB, count, m, n);
  }

  for (let tap = 0; tap < taps; tap++)
    for (let s = 0; s < sourceChannels; s++) {
      const row = product + <usize>(tap * sourceChannels + s) * rowB;
      for (let d = 0; d < directChannels; d++) {
        const at = reflected
          ? ((taps - 1 - tap) * directChannels + d) * sourceChannels + s
          : (tap * sourceChannels + s) * directChannels + d;
        store<f32>(out + ((<usize>at) << 2), load<f32>(row + ((<usize>d) << 2)));
      }
    }
}

/** Bytes of scratch memory that `convolve` needs. */
export function convolveScratch(taps: i32, channels: i32, outputs: i32): usize {
  const k = taps * channels;
  return matrixProductScratch(k, outputs) + <usize>panelPixels * ((<usize>k) << 2);
}

/**
 * A convolution: out[h, w, o] = sum of x[h * stride + i - top, w * stride + j - left, c] kernel[i, j, c, o], for out [batch,
 * height, width, outputs], as a product of neighbourhoods with the kernel.
 */
export function convolve(
  x: usize,
  kernel: usize,
  out: usize,
  scratch: usize,
  batch: i32,
  height: i32,
  width: i32,
  sourceHeight: i32,
  sourceWidth: i32,
  channels: i32,
  outputs: i32,
  kernelHeight: i32,
  kernelWidth: i32,
  top: i32,
  left: i32,
  stride: i32,
): void {
  const k = kernelHeight * kernelWidth * channels;
  const row = (<usize>k) << 2;
  const outRow = (<usize>outputs) << 2;
  const panel = scratch + matrixProductScratch(k, outputs);
  packColumns(kernel, scratch, k, outputs, outRow, 4);
  const pixels = batch * height * width;
  for (let first = 0; first < pixels; first += panelPixels) {
    const count = min(panelPixels, pixels - first);
    gatherNeighbourhoods(
      x,
      panel,
      row,
      first,
      count,
      height,
      width,
      sourceHeight,
      sourceWidth,
      channels,
      kernelHeight,
      kernelWidth,
      top,
      left,
      stride,
    );
    multiplyPacked(panel, row, scratch, out + <usize>first * outRow, count, k, outputs);
  }
}

/** out[taps - 1 - t, o, c] = kernel[t, c, o]: turned by 180 degrees, with inputs and outputs exchanged. */
export function turnKernel(kernel: usize, out: usize, taps: i32, inputs: i32, outputs: i32): void {
  const tapBytes = (<usize>inputs * <usize>outputs) << 2;
  for (let t = 0; t < taps; t++) {
    const from = kernel + <usize>(taps - 1 - t) * tapBytes;
    for (let o = 0; o < outputs; o++)
      for (let c = 0; c < inputs; c++) {
        store<f32>(out, load<f32>(from + ((<usize>(c * outputs + o)) << 2)));
        out += 4;
      }
  }
}

function roundUp(value: i32, multiple: i32): i32 {
  return (value + multiple - 1) & -multiple;
}

/**
 * The gradient of a depthwise convolution in its kernel: out[i, j, c] = sum over images and pixels of
 * x[h * stride + i - top, w * stride + j - left, c] y[h, w, c], zero outside of x.
 */
export function depthwiseKernelGradient(
  x: usize,
  y: usize,
  out: usize,
  batch: i32,
  height: i32,
  width: i32,
  sourceHeight: i32,
  sourceWidth: i32,
  channels: i32,
  kernelHeight: i32,
  kernelWidth: i32,
  stride: i32,
): void {
  const top = (kernelHeight - 1) >> 1;
  const left = (kernelWidth - 1) >> 1;
  const pixel = (<usize>channels) << 2;
  const step = pixel * <usize>stride;
  const whole = pixel & ~15;
  clear(out, <usize>(kernelHeight * kernelWidth) * pixel);
  for (let row = 0; row < batch * height; row++) {
    const image = row / height;
    const above = (row % height) * stride - top;
    const line = y + <usize>row * <usize>width * pixel;
    for (let i = max(0, -above); i < min(kernelHeight, sourceHeight - above); i++) {
      const source = x + <usize>(image * sourceHeight + above + i) * <usize>sourceWidth * pixel;
      for (let j = 0; j < kernelWidth; j++) {
        // The pixels w of y whose w * stride + j - left lies inside.
        const from = left > j ? (left - j + stride - 1) / stride : 0;
        const to = min(width, (sourceWidth - 1 + left - j) / stride + 1);
        if (sourceWidth - 1 + left - j < 0) continue;
        const seen = source + <usize>(from * stride + j - left) * pixel;
        const tap = out + <usize>(i * kernelWidth + j) * pixel;
        // A sum along a line in a register, then added up: rounding grows with a line, not with the batch.
        for (let c: usize = 0; c < whole; c += 16) {
          let p = seen + c;
          let q = line + <usize>from * pixel + c;
          let sum = f32x4.splat(0);
          for (let w = from; w < to; w++) {
            sum = f32x4.add(sum, f32x4.mul(v128.load(p), v128.load(q)));
            p += step;
            q += pixel;
          }
          v128.store(tap + c, f32x4.add(v128.load(tap + c), sum));
        }
        for (let c = whole; c < pixel; c += 4) {
          let p = seen + c;
          let q = line + <usize>from * pixel + c;
          let sum: f32 = 0;
          for (let w = from; w < to; w++) {
            sum += load<f32>(p) * load<f32>(q);
            p += step;
            q += pixel;
          }
          store<f32>(tap + c, load<f32>(tap + c) + sum);
        }
      }
    }
  }
}
