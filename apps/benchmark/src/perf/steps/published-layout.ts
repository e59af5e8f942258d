import { chain, factorOut } from "@invertible/bijection";
import type { Bijection } from "@invertible/bijection";
import { createFlow, diagonalNormal } from "@invertible/flow";
import type { Flow } from "@invertible/flow";
import { actNorm, logit, squeeze, uniformDequantisation } from "@invertible/layers";
import { powerSeries } from "@invertible/log-det";
import type { PowerSeriesOptions } from "@invertible/log-det";
import type { Random, Shape } from "@invertible/ops";
import { bottleneckBranch, residualBlock } from "@invertible/residual";

/** How large a network in the published layout is. */
export interface PublishedSize {
  /** [H, W, channels] of the images. H and W are even. */
  readonly inputShape: readonly [number, number, number];
  readonly blocksPerScale: number;
  /** Channels inside of a block. */
  readonly hidden: number;
}

/** What two CPU cores can train: the images of MNIST, a quarter of the blocks and an eighth of the channels. */
const smallSize: PublishedSize = { inputShape: [28, 28, 1], blocksPerScale: 4, hidden: 64 };

/** The published size, for the images of CIFAR-10. */
export const publishedSize: PublishedSize = { inputShape: [32, 32, 3], blocksPerScale: 16, hidden: 512 };

/**
 * The i-ResNet in the layout of its published code: squeezed before each of three scales where the sides are even, and half of the
 * channels leave after each scale but the last. Images of 28 x 28 cannot be squeezed before the last scale. `imageIResNet` squeezes
 * at every scale, so this network is made of its parts.
 *
 * @see Behrmann et al. (2019), arXiv 1811.00995, section 5 and its published code
 */
export function publishedLayout(
  series: PowerSeriesOptions,
  random: Random,
  { inputShape, blocksPerScale, hidden }: PublishedSize = smallSize,
): Flow {
  const blocks = (scale: number, inputShape: Shape): Bijection[] =>
    Array.from({ length: blocksPerScale }, (_, block) => [
      actNorm({ inputShape }),
      residualBlock({
        branch: bottleneckBranch({
          inputShape,
          hidden,
          activation: "elu",
          coefficient: 0.9,
          preactivation: scale > 0 || block > 0,
          random: random.fold(scale).fold(block),
        }),
        logDet: powerSeries(series),
      }),
    ]).flat();

  /** The scale on images [height, width, channels], and all scales after it. */
  const scales = (scale: number, shape: readonly [number, number, number]): Bijection[] => {
    const [height, width, channels] = shape;
    const even = height % 2 === 0 && width % 2 === 0;
    const inside = even ? ([height / 2, width / 2, 4 * channels] as const) : shape;
    const parts = [...(even ? [squeeze({ inputShape: shape })] : []), ...blocks(scale, inside)];
    if (scale === lastScale) return parts;
    const inner = chain(scales(scale + 1, [inside[0], inside[1], inside[2] / 2]));
    return [...parts, factorOut({ inputShape: inside, leaving: "first", inner })];
  };
  const bijection = chain([
    uniformDequantisation({ inputShape }),
    logit({ inputShape, alpha: 1e-6 }),
    ...scales(0, inputShape),
  ]);
  return createFlow({ bijection, base: diagonalNormal({ shape: bijection.outputShape }) });
}

const lastScale = 2;
