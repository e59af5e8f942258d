import { childCall, readConfig } from "@invertible/bijection";
import { checkOptions, checkShape, fail } from "@invertible/errors";
import { batchNorm } from "@invertible/layers";
import type { BatchNormOptions } from "@invertible/layers";
import { checkRandom, mean, prefixed, relu, zeros } from "@invertible/ops";
import type { Random, Tensor } from "@invertible/ops";
import { checkClasses } from "../check-classes.ts";
import { defineHead } from "./define-head.ts";
import type { Head, HeadType } from "./head.ts";
import { linearReadout } from "./linear-readout.ts";

/** Options of `pooledHead`: the number of classes, and those of its batch norm for features of shape [H, W, C]. */
export interface PooledHeadOptions extends BatchNormOptions {
  /** Number of classes, at least 2. */
  readonly classes: number;
  /** Key for initial weights. */
  readonly random: Random;
}

/**
 * The published head of an i-ResNet for images: batch norm -> ReLU -> mean over all pixels of each channel -> linear layer. z
 * [B, H, W, C], logits [B, classes].
 *
 * Its parameters are "norm.logScale" and "norm.shift" [C], "weight" [C, classes] and "bias" [classes]. A training batch is normalised by
 * its own statistics, and the running ones are proposed to `call.stateUpdates`. Otherwise the running statistics are used, so
 * that the logits of an example depend on that example alone. A start from data sets the running statistics.
 *
 * Differences from the published code: the scale of the batch norm is exp(logScale), so it is always positive. The running
 * statistics keep 0.9 of themselves at each training step. In the published code they keep 0.1, for its `momentum=0.9` means the opposite in PyTorch.
 *
 * @throws ArgumentError for a shape that is not [H, W, C], and for a number of classes or options of the batch norm out of range.
 * @throws ArgumentError from `logits` in training, and from a start, for one number per channel. It has no variance.
 * @see Behrmann et al. (2019), arXiv:1811.00995, section 5.1 and its published code
 */
export function pooledHead(options: PooledHeadOptions): Head {
  checkOptions("pooledHead", options, {
    inputShape: "required",
    classes: "required",
    random: "required",
    momentum: "optional",
    epsilon: "optional",
  });
  const { classes, random, ...normalisation } = options;
  const { inputShape } = normalisation;
  checkShape("pooledHead.inputShape", inputShape);
  if (inputShape.length !== 3) fail("pooledHead.inputShape", "[H, W, C]", inputShape);
  checkClasses("pooledHead.classes", classes);
  checkRandom("pooledHead.random", random);
  const norm = batchNorm(normalisation);
  const readout = linearReadout(inputShape.at(-1)!, classes, random);
  return defineHead({
    name: "pooledHead",
    inputShape,
    classes,
    parameters: { ...prefixed("norm", norm.parameters), ...readout.parameters },
    state: prefixed("norm", norm.state),
    config: { ...norm.config, classes },
    logits: (z, call) => readout.apply(meanOfPixels(relu(norm.forward(z, childCall(call, "norm"))))),
    starter: { start: (z, call) => norm.starter!.start(z, childCall(call, "norm")) },
  });
}

/** The mean of each channel, [B, H, W, C] -> [B, C]. */
function meanOfPixels(x: Tensor): Tensor {
  // The wasm backend transposes, and then divides by the size of the batch.
  return x.shape[0] === 0 ? zeros([0, x.shape[3]!]) : mean(x, [1, 2]);
}

/** Rebuilds a `pooledHead` from its configuration. */
export const pooledHeadType: HeadType = {
  head: "pooledHead",
  build(config, { random }) {
    const read = readConfig("pooledHead", config);
    return pooledHead({
      inputShape: read.shape("inputShape"),
      classes: read.number("classes"),
      momentum: read.number("momentum"),
      epsilon: read.number("epsilon"),
      random,
    });
  },
};
