import type { Shape, Tensor } from "./types.ts";

/** A linear map without bias, and its adjoint: <apply(x), y> = <x, adjoint(y)> for every x and y. */
export interface LinearOperator {
  readonly inputShape: Shape;
  readonly outputShape: Shape;
  /** [B, ...inputShape] -> [B, ...outputShape] */
  apply(x: Tensor): Tensor;
  /** [B, ...outputShape] -> [B, ...inputShape] */
  adjoint(y: Tensor): Tensor;
}
