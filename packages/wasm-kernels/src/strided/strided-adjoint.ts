import * as tf from "@tensorflow/tfjs-core";
import type { Tensor } from "@tensorflow/tfjs-core";
import { spread } from "./spread.ts";

type Shape4 = [number, number, number, number];

/** The geometry of a convolution of stride 2. */
export interface StridedGeometry {
  /** Rows of zeros above the image. */
  readonly top: number;
  /** Columns of zeros left of the image. */
  readonly left: number;
  /** [B, H, W, inputs] of the images. */
  readonly inputShape: readonly number[];
}

/**
 * Computes the adjoint of a convolution of stride 2 in its images, y [B, h, w, outputs] -> [B, H, W, inputs], without
 * multiplying zeros between the pixels of y. With the kernel k,
 *
 *     dx[2h + a, 2w + b] = sum over e, f of k[a + top - 2e, b + left - 2f] y[h + e, w + f].
 *
 * So for each row parity a = 0, 1 the rows are one dense convolution of y, of stride 1. Its outputs are the channels of b = 0
 * and then of b = 1. Once the results for both a are joined, the pixels are in the right order.
 *
 * @param turned the kernel turned by 180 degrees, [kh, kw, outputs, inputs]
 */
export function stridedAdjoint(
  y: Tensor,
  turned: Tensor,
  { top, left, inputShape }: StridedGeometry,
): Tensor {
  const [batch, height, width, channels] = inputShape as Shape4;
  const [, rows, columns, outputs] = y.shape as Shape4;
  const [kernelHeight, kernelWidth] = turned.shape as Shape4;
  if (kernelHeight * kernelWidth === 1) {
    const products = tf.matMul(tf.reshape(y, [-1, outputs]), tf.reshape(turned, [outputs, channels]));
    return spread(tf.reshape(products, [batch, rows, columns, channels]), inputShape);
  }
  const vertical = alignment(kernelHeight, top);
  const horizontal = alignment(kernelWidth, left);
  const [halfHeight, halfWidth] = [Math.ceil(height / 2), Math.ceil(width / 2)];
  // Row (or column) 2 f + 1 - a now holds tap k[a + top - 2e] for e = f - (taps - 1 - last).
  const aligned = tf.reshape(
    tf.pad(turned, [[...vertical.padding], [...horizontal.padding], [0, 0], [0, 0]]),
    [vertical.taps, 2, horizontal.taps, 2 * outputs * channels],
  );
  const across: [number, number] = [
    horizontal.taps - 1 - horizontal.last,
    halfWidth - columns + horizontal.last,
  ];
  const bands = [0, 1].map((a) => {
    const { first, taps } = tapsOfParity(kernelHeight, vertical, a);
    if (taps === 0) return tf.zeros([batch * halfHeight, 2 * halfWidth * channels]);
    const ofColumn = (b: number) =>
      tf.reshape(
        tf.slice(
          aligned,
          [first, 1 - a, 0, (1 - b) * outputs * channels],
          [taps, 1, horizontal.taps, outputs * channels],
        ),
        [taps, horizontal.taps, outputs, channels],
      );
    const before = vertical.taps - 1 - vertical.last - first;
    const down: [number, number] = [before, halfHeight + taps - 1 - before - rows];
    const kernel = tf.concat([ofColumn(0), ofColumn(1)], 3) as tf.Tensor4D;
    const band = tf.conv2d(y as tf.Tensor4D, kernel, 1, [[0, 0], down, across, [0, 0]]);
    return tf.reshape(band, [batch * halfHeight, 2 * halfWidth * channels]);
  });
  const whole = tf.reshape(tf.concat(bands, 1), [batch, 2 * halfHeight, 2 * halfWidth, channels]);
  return height % 2 === 0 && width % 2 === 0
    ? whole
    : tf.slice(whole, [0, 0, 0, 0], [batch, height, width, channels]);
}

/** How to pad a turned kernel, with `before` zeros of padding, so that its taps lie in pairs (parity 1, parity 0). */
interface Alignment {
  /** The zeros to put before and after the kernel. */
  readonly padding: readonly [number, number];
  /** The number of pairs. */
  readonly taps: number;
  /** The largest e in the formula of `stridedAdjoint`. */
  readonly last: number;
}

function alignment(size: number, before: number): Alignment {
  const odd = before % 2;
  const taps = Math.ceil((size + odd) / 2);
  return { padding: [2 * taps - size - odd, odd], taps, last: (before + odd) / 2 };
}

/** The pairs in which parity a has a tap of the kernel, and not only zeros of the alignment. */
function tapsOfParity(size: number, { padding: [, odd], taps }: Alignment, a: number) {
  const lowest = Math.ceil((odd - a) / 2);
  const highest = Math.floor((size - 1 + odd - a) / 2);
  return { first: taps - 1 - highest, taps: highest - lowest + 1 };
}
