import { chain, factorOut } from "@invertible/bijection";
import type { Bijection } from "@invertible/bijection";
import { createFlow, diagonalNormal } from "@invertible/flow";
import type { Flow } from "@invertible/flow";
import { actNorm, logit, squeeze, uniformDequantisation } from "@invertible/layers";
import { powerSeries } from "@invertible/log-det";
import type { PowerSeriesOptions } from "@invertible/log-det";
import type { Random, Shape } from "@invertible/ops";
import { bottleneckBranch, residualBlock } from "@invertible/residual";

const blocksPerScale = 4;

/**
 * The i-ResNet in the layout of its published code, for images of 28 x 28: squeezed first, and half of the channels leave
 * after each scale but the last. The published code has images of 32 x 32, where the last scale can be squeezed once more.
 * `imageIResNet` squeezes at every scale, so this network is made of its parts.
 *
 * @see Behrmann et al. (2019), arXiv 1811.00995, section 5 and its published code
 */
export function publishedLayout(series: PowerSeriesOptions, random: Random): Flow {
  const blocks = (scale: number, inputShape: Shape): Bijection[] =>
    Array.from({ length: blocksPerScale }, (_, block) => [
      actNorm({ inputShape }),
      residualBlock({
        branch: bottleneckBranch({
          inputShape,
          hidden: 64,
          activation: "elu",
          coefficient: 0.9,
          preactivation: scale > 0 || block > 0,
          random: random.fold(scale).fold(block),
        }),
        logDet: powerSeries(series),
      }),
    ]).flat();

  const last = chain(blocks(2, [7, 7, 4]));
  const middle = chain([
    squeeze({ inputShape: [14, 14, 2] }),
    ...blocks(1, [7, 7, 8]),
    factorOut({ inputShape: [7, 7, 8], leaving: "first", inner: last }),
  ]);
  const inputShape = [28, 28, 1];
  const bijection = chain([
    uniformDequantisation({ inputShape }),
    logit({ inputShape, alpha: 1e-6 }),
    squeeze({ inputShape }),
    ...blocks(0, [14, 14, 4]),
    factorOut({ inputShape: [14, 14, 4], leaving: "first", inner: middle }),
  ]);
  return createFlow({ bijection, base: diagonalNormal({ shape: bijection.outputShape }) });
}
