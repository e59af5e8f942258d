import type { Shape, Tensor } from "../tensors/types.ts";

/** What a linear operator is made of, for code that must see its weights and not only its action. */
export type OperatorStructure =
  /** x -> x W, with weight [inputs, outputs]. */
  | { readonly kind: "dense"; readonly weight: Tensor }
  /** A zero-padded convolution with kernel [kh, kw, inputs, outputs] and floor((k-1)/2) zeros before the image, as `conv2d`. */
  | { readonly kind: "conv2d"; readonly kernel: Tensor; readonly stride: 1 | 2 }
  /** A zero-padded convolution of each channel on its own, with kernel [kh, kw, channels]. */
  | { readonly kind: "depthwiseConv2d"; readonly kernel: Tensor; readonly stride: 1 | 2 };

/** A linear map without bias, together with its adjoint: <apply(x), y> = <x, adjoint(y)> for every x and y. */
export interface LinearOperator {
  /** Shape of one input, without the batch axis. */
  readonly inputShape: Shape;
  /** Shape of one output, without the batch axis. */
  readonly outputShape: Shape;
  /** What it is made of. Absent where only its action is known. */
  readonly structure?: OperatorStructure;
  /** Applies the map, [B, ...inputShape] -> [B, ...outputShape]. */
  apply(x: Tensor): Tensor;
  /** Applies the adjoint, [B, ...outputShape] -> [B, ...inputShape]. */
  adjoint(y: Tensor): Tensor;
}
