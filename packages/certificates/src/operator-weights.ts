/** Numbers row by row, as a tensor of that shape holds them; the largest between 2^-900 and 2^900, as any float32 is, or 0. */
export interface WeightArray {
  readonly values: Float32Array | Float64Array;
  readonly shape: readonly number[];
}

/** A linear operator by its weights: all that a proof needs to know of it. */
export type OperatorWeights =
  /** x -> x W, weight [inputs, outputs] */
  | { readonly kind: "dense"; readonly weight: WeightArray }
  /**
   * Zero-padded convolution of images [H, W, inputs], weight [kh, kw, inputs, outputs], into [ceil(H/stride), ceil(W/stride),
   * outputs]. On an axis, y[i] = sum_a weight[a] x[stride i + a - floor((k-1)/2)] with x = 0 outside of the image.
   */
  | (Convolved & { readonly kind: "conv2d" })
  /** The same of each channel on its own, weight [kh, kw, channels]. */
  | (Convolved & { readonly kind: "depthwiseConv2d" });

interface Convolved {
  readonly weight: WeightArray;
  /** [H, W, channels] */
  readonly inputShape: readonly number[];
  readonly stride: 1 | 2;
}
