import { defineBijection, knownBounds, readConfig } from "@invertible/bijection";
import type { Bijection, LayerType } from "@invertible/bijection";
import { checkOptions, checkShape, fail } from "@invertible/errors";
import { add, div, mul, perExample, roundUp, sizeOf, sub } from "@invertible/ops";
import type { Shape } from "@invertible/ops";

/** Options of `affine`. */
export interface AffineOptions {
  /** Shape of one example. */
  readonly inputShape: Shape;
  /** The factor, finite and not zero. Default 1. */
  readonly scale?: number;
  /** The summand, finite. Default 0. */
  readonly shift?: number;
}

/**
 * A constant map y = x * scale + shift, such as Glow's centring of pixels by -0.5. Nothing is learned. log|det| = D * ln|scale|
 * nats, where D is the number of elements. x, y: [B, ...inputShape].
 *
 * @throws ArgumentError unless scale is finite and not zero, and shift is finite.
 */
export function affine(options: AffineOptions): Bijection {
  checkOptions("affine", options, { inputShape: "required", scale: "optional", shift: "optional" });
  const { inputShape, scale = 1, shift = 0 } = options;
  checkShape("affine.inputShape", inputShape);
  if (!Number.isFinite(scale) || scale === 0) fail("affine.scale", "a finite number other than 0", scale);
  if (!Number.isFinite(shift)) fail("affine.shift", "a finite number", shift);
  const logDet = sizeOf(inputShape) * Math.log(Math.abs(scale));
  return defineBijection({
    name: "affine",
    inputShape,
    outputShape: inputShape,
    config: { inputShape: [...inputShape], scale, shift },
    forward: (x) => ({ y: add(mul(x, scale), shift), logDet: () => perExample(x, logDet) }),
    inverse: (y) => ({ x: div(sub(y, shift), scale), logDet: () => perExample(y, -logDet) }),
    lipschitz: knownBounds(() => ({ forward: Math.abs(scale), inverse: roundUp(1 / Math.abs(scale)) })),
  });
}

/** Rebuilds an `affine` from its configuration. */
export const affineType: LayerType = {
  layer: "affine",
  build(config) {
    const read = readConfig("affine", config);
    return affine({
      inputShape: read.shape("inputShape"),
      scale: read.number("scale"),
      shift: read.number("shift"),
    });
  },
};
