import type { Shape, Tensor } from "../tensors/types.ts";

/** What a linear operator is made of, for those who must see its weights and not only its action. */
export type OperatorStructure =
  /** x -> x W, weight [inputs, outputs] */
  | { readonly kind: "dense"; readonly weight: Tensor }
  /** Zero-padded convolution, kernel [kh, kw, inputs, outputs]; floor((k-1)/2) zeros before the image, as `conv2d`. */
  | { readonly kind: "conv2d"; readonly kernel: Tensor; readonly stride: 1 | 2 }
  /** Zero-padded convolution of each channel on its own, kernel [kh, kw, channels]. */
  | { readonly kind: "depthwiseConv2d"; readonly kernel: Tensor; readonly stride: 1 | 2 };

/** A linear map without bias, and its adjoint: <apply(x), y> = <x, adjoint(y)> for every x and y. */
export interface LinearOperator {
  readonly inputShape: Shape;
  readonly outputShape: Shape;
  /** Absent where only the action is known. */
  readonly structure?: OperatorStructure;
  /** [B, ...inputShape] -> [B, ...outputShape] */
  apply(x: Tensor): Tensor;
  /** [B, ...outputShape] -> [B, ...inputShape] */
  adjoint(y: Tensor): Tensor;
}
