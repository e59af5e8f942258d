import type { Norms, VectorNorm } from "@invertible/certificates";
import { checkPositiveInteger, checkShape, fail } from "@invertible/errors";
import type { Shape } from "@invertible/ops";

/**
 * Checks a coefficient.
 *
 * @throws ArgumentError unless it is a positive number.
 */
export function checkCoefficient(where: string, coefficient: number): void {
  if (!(coefficient > 0 && Number.isFinite(coefficient)))
    fail(`${where}: coefficient`, "a positive number", coefficient);
}

/**
 * Checks norms, and fills in 2 where none is given.
 *
 * @throws ArgumentError for p < 1.
 */
export function checkNorms(
  where: string,
  { domain = 2, codomain = 2 }: { readonly domain?: VectorNorm; readonly codomain?: VectorNorm },
): Norms {
  for (const [name, norm] of Object.entries({ domain, codomain }))
    if (!(norm >= 1)) fail(`${where}: ${name}`, "the p of an l_p norm, in [1, Infinity]", norm);
  return { domain, codomain };
}

/** The sizes of a convolution. */
export interface ConvolutionSizes {
  /** [H, W, channels] of the images. */
  readonly inputShape: Shape;
  /** The k of the k x k kernel. Each axis is padded with floor((k-1)/2) zeros before the image and ceil((k-1)/2) after it. */
  readonly kernelSize: number;
  /** Default 1. Stride 2 keeps pixels 0, 2, 4, ... */
  readonly stride?: 1 | 2;
}

/**
 * Checks the sizes of a convolution, and computes the shape of its output.
 *
 * @throws ArgumentError for a shape that is not [H, W, channels], sizes below 1, or a stride other than 1 and 2.
 */
export function checkConvolution(
  where: string,
  outputs: number | undefined,
  { inputShape, kernelSize, stride = 1 }: ConvolutionSizes,
): {
  readonly channels: number;
  readonly outputShape: readonly [number, number, number];
  readonly stride: 1 | 2;
} {
  checkShape(`${where}: inputShape`, inputShape);
  if (inputShape.length !== 3) fail(`${where}: inputShape`, "[H, W, channels]", inputShape);
  const [height, width, channels] = inputShape as [number, number, number];
  if (outputs !== undefined) checkPositiveInteger(`${where}: outputs`, outputs);
  checkPositiveInteger(`${where}: kernelSize`, kernelSize);
  if (stride !== 1 && stride !== 2) fail(`${where}: stride`, "1 or 2", stride);
  return {
    channels,
    outputShape: [Math.ceil(height / stride), Math.ceil(width / stride), outputs ?? channels],
    stride,
  };
}

/**
 * Checks that both norms are 2, the only one that some constructions bound.
 *
 * @throws ArgumentError for another norm.
 */
export function checkEuclidean(
  where: string,
  norms: { readonly domain?: VectorNorm; readonly codomain?: VectorNorm },
): void {
  for (const [name, norm] of Object.entries(checkNorms(where, norms)))
    if (norm !== 2) fail(`${where}: ${name}`, "2, the only norm this construction bounds", norm);
}
