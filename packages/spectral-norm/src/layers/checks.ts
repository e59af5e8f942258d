import type { Norms, VectorNorm } from "@invertible/certificates";
import { checkPositiveInteger, checkShape, fail } from "@invertible/errors";
import type { Shape } from "@invertible/ops";

export function checkCoefficient(where: string, coefficient: number): void {
  if (!(coefficient > 0 && Number.isFinite(coefficient)))
    fail(`${where}: coefficient`, "a positive number", coefficient);
}

/** Fills in 2 for a norm that is not given. */
export function checkNorms(
  where: string,
  { domain = 2, codomain = 2 }: { readonly domain?: VectorNorm; readonly codomain?: VectorNorm },
): Norms {
  for (const [name, norm] of Object.entries({ domain, codomain }))
    if (!(norm >= 1)) fail(`${where}: ${name}`, "the p of an l_p norm, in [1, Infinity]", norm);
  return { domain, codomain };
}

export interface ConvolutionSizes {
  /** [H, W, channels] */
  readonly inputShape: Shape;
  /** k of the k x k kernel: floor((k-1)/2) zeros before the image on an axis, ceil((k-1)/2) after. */
  readonly kernelSize: number;
  /** Default 1. Stride 2 keeps pixels 0, 2, 4, ... */
  readonly stride?: 1 | 2;
}

/** [H, W, channels] and the images that a convolution with `outputs` channels makes of it. */
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

/** @throws ArgumentError unless both norms are 2, the only one some constructions can hold. */
export function checkEuclidean(
  where: string,
  norms: { readonly domain?: VectorNorm; readonly codomain?: VectorNorm },
): void {
  for (const [name, norm] of Object.entries(checkNorms(where, norms)))
    if (norm !== 2) fail(`${where}: ${name}`, "2, the only norm this construction bounds", norm);
}
