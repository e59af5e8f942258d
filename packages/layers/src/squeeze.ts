import { defineBijection, knownBounds, readConfig } from "@invertible/bijection";
import type { Bijection, LayerType } from "@invertible/bijection";
import { checkOptions, checkShape, fail } from "@invertible/errors";
import { depthToSpace, perExample, spaceToDepth } from "@invertible/ops";
import type { Shape, ChannelOrder } from "@invertible/ops";

/** Options of `squeeze`. */
export interface SqueezeOptions {
  /** [H, W, C] with H and W even. */
  readonly inputShape: Shape;
  /**
   * Which output channel the input channel c of the pixel (dy, dx) of a cell goes to. "space-major" (default) is (dy * 2 + dx)
   * * C + c, as in i-RevNet and i-ResNet. "channel-major" is c * 4 + dy * 2 + dx, as in most ports of Glow.
   */
  readonly order?: ChannelOrder;
}

/**
 * Moves each 2x2 cell of pixels into channels: x [B, H, W, C] -> y [B, H/2, W/2, 4C]. log|det| = 0.
 *
 * @throws ArgumentError unless the shape has three axes, the first two of them even.
 * @see Dinh, Sohl-Dickstein, Bengio (2017), arXiv 1605.08803, section 3.6
 */
export function squeeze(options: SqueezeOptions): Bijection {
  checkOptions("squeeze", options, { inputShape: "required", order: "optional" });
  const { inputShape, order = "space-major" } = options;
  checkShape("squeeze.inputShape", inputShape);
  const [height, width, channels, ...others] = inputShape;
  if (height === undefined || width === undefined || channels === undefined || others.length > 0)
    fail("squeeze.inputShape", "[H, W, C]", inputShape);
  if (height % 2 !== 0 || width % 2 !== 0) fail("squeeze.inputShape", "even H and W", inputShape);
  if (order !== "space-major" && order !== "channel-major")
    fail("squeeze.order", `"space-major" or "channel-major"`, order);
  return defineBijection({
    name: "squeeze",
    inputShape,
    outputShape: [height / 2, width / 2, channels * 4],
    config: { inputShape: [...inputShape], order },
    forward: (x) => ({ y: spaceToDepth(x, order), logDet: () => perExample(x, 0) }),
    inverse: (y) => ({ x: depthToSpace(y, order), logDet: () => perExample(y, 0) }),
    lipschitz: knownBounds(() => ({ forward: 1, inverse: 1 })),
  });
}

/** Rebuilds a `squeeze` from its configuration. */
export const squeezeType: LayerType = {
  layer: "squeeze",
  build(config) {
    const read = readConfig("squeeze", config);
    return squeeze({
      inputShape: read.shape("inputShape"),
      order: read.choice("order", ["space-major", "channel-major"]),
    });
  },
};
