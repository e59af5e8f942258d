/** The weights of an operator. The largest magnitude must be 0 or between 2^-900 and 2^900, as that of any float32 is. */
export interface WeightArray {
  /** The numbers row by row, as a tensor holds them. */
  readonly values: Float32Array | Float64Array;
  /** The sizes of the axes. */
  readonly shape: readonly number[];
}

/** A linear operator given by its weights. A proof needs nothing else. */
export type OperatorWeights =
  /** x -> x W, with weight [inputs, outputs]. */
  | { readonly kind: "dense"; readonly weight: WeightArray }
  /**
   * A zero-padded convolution of images [H, W, inputs] into [ceil(H/stride), ceil(W/stride), outputs], with weight [kh, kw,
   * inputs, outputs]. On each axis, y[i] = sum_a weight[a] x[stride i + a - floor((k-1)/2)] with x = 0 outside of the image.
   */
  | (Convolved & { readonly kind: "conv2d" })
  /** The same convolution of each channel on its own, with weight [kh, kw, channels]. */
  | (Convolved & { readonly kind: "depthwiseConv2d" });

interface Convolved {
  readonly weight: WeightArray;
  /** [H, W, channels] of the images. */
  readonly inputShape: readonly number[];
  readonly stride: 1 | 2;
}
