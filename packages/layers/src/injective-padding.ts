import { defineBijection, knownBounds, readConfig } from "@invertible/bijection";
import type { Bijection, LayerType } from "@invertible/bijection";
import { checkIntegerFrom, checkOptions, checkShape, fail } from "@invertible/errors";
import { pad, slice } from "@invertible/ops";
import type { Shape } from "@invertible/ops";

/** Options of `injectivePadding`. */
export interface InjectivePaddingOptions {
  /** [H, W, C] */
  readonly inputShape: Shape;
  /** The number p of channels to append, at most 4096. */
  readonly channels: number;
}

/** A saved model names the number, and every call pays for it. */
const mostChannels = 4096;

/**
 * Appends p channels of zeros after the existing ones: x [B, H, W, C] -> y [B, H, W, C + p]. A classifier starts with it to get more
 * channels than its images have.
 *
 * The map is injective, and the inverse drops the p channels. So inverse(forward(x)) = x, but forward(inverse(y)) = y only where these
 * channels are 0. There is no log-det: outputs fill none of the volume around them. Both Lipschitz constants are 1. An `actNorm` behind
 * it needs a `varianceFloor`, because zeros do not vary.
 *
 * @throws ArgumentError unless the shape has three axes and p is an integer from 1 to 4096.
 * @see Jacobsen, Smeulders, Oyallon (2018), i-RevNet, arXiv:1802.07088, on injective networks; Behrmann et al. (2019),
 * arXiv:1811.00995, on classification, and its published code, which appends 13 channels to the 3 of CIFAR-10
 */
export function injectivePadding(options: InjectivePaddingOptions): Bijection {
  checkOptions("injectivePadding", options, { inputShape: "required", channels: "required" });
  const { inputShape, channels } = options;
  checkShape("injectivePadding.inputShape", inputShape);
  if (inputShape.length !== 3) fail("injectivePadding.inputShape", "[H, W, C]", inputShape);
  checkIntegerFrom("injectivePadding.channels", channels, 1, mostChannels);
  const [height, width, before] = inputShape as [number, number, number];
  return defineBijection({
    name: "injectivePadding",
    inputShape,
    outputShape: [height, width, before + channels],
    traits: { logDet: "none" },
    config: { inputShape: [...inputShape], channels },
    forward: (x) => ({
      y: pad(x, [
        [0, 0],
        [0, 0],
        [0, 0],
        [0, channels],
      ]),
    }),
    inverse: (y) => ({ x: slice(y, [0, 0, 0, 0], [y.shape[0]!, height, width, before]) }),
    lipschitz: knownBounds(() => ({ forward: 1, inverse: 1 })),
  });
}

/** Rebuilds an `injectivePadding` from its configuration. */
export const injectivePaddingType: LayerType = {
  layer: "injectivePadding",
  build(config) {
    const read = readConfig("injectivePadding", config);
    return injectivePadding({ inputShape: read.shape("inputShape"), channels: read.number("channels") });
  },
};
