import { childCall, readConfig } from "@invertible/bijection";
import { checkChoice, checkOptions, checkShape, fail } from "@invertible/errors";
import { batchNorm } from "@invertible/layers";
import type { BatchNormOptions } from "@invertible/layers";
import { checkRandom, prefixed, reshape, sizeOf } from "@invertible/ops";
import type { Random } from "@invertible/ops";
import { checkClasses } from "../check-classes.ts";
import { defineHead } from "./define-head.ts";
import type { Head, HeadType } from "./head.ts";
import { linearReadout } from "./linear-readout.ts";

/** Options of `denseHead`: the number of classes, and those of its batch norm for features of any shape. */
export interface DenseHeadOptions extends BatchNormOptions {
  /** Number of classes, at least 2. */
  readonly classes: number;
  /** Key for initial weights. */
  readonly random: Random;
  /**
   * What stands before the linear layer. Default "none". With "batch-norm", a batch norm as in `pooledHead`; only then may `momentum` and
   * `epsilon` be given.
   */
  readonly norm?: "none" | "batch-norm";
}

const norms = ["none", "batch-norm"] as const;

/**
 * A linear head: logits = z W + b. z [B, features], logits [B, classes]. The classes are then separated by hyperplanes in
 * feature space, which an invertible network can bend into any shape in the space of the data. Features of another shape, such as
 * [H, W, C], are taken as one vector of H W C numbers.
 *
 * Its parameters are "weight" [features, classes] and "bias" [classes]. With a batch norm before the linear layer, which is useful where the
 * network leaves features of very different sizes, "norm.logScale" and "norm.shift", with one number for each entry of the last axis, come first. There is no ReLU, which would
 * throw away half of what few features say.
 *
 * @throws ArgumentError for a number of classes or options of the batch norm out of range, or options that do not go together.
 * @throws ArgumentError from `logits` in training, and from a start, for a batch of one example where there is a batch norm.
 */
export function denseHead(options: DenseHeadOptions): Head {
  checkOptions("denseHead", options, {
    inputShape: "required",
    classes: "required",
    random: "required",
    norm: "optional",
    momentum: "optional",
    epsilon: "optional",
  });
  const { classes, random, norm: choice = "none", ...normalisation } = options;
  const { inputShape } = normalisation;
  checkShape("denseHead.inputShape", inputShape);
  if (inputShape.length === 0) fail("denseHead.inputShape", "at least one axis", inputShape);
  checkClasses("denseHead.classes", classes);
  checkRandom("denseHead.random", random);
  checkChoice("denseHead.norm", choice, norms);
  for (const name of ["momentum", "epsilon"] as const)
    if (choice === "none" && options[name] !== undefined)
      fail(`denseHead.${name}`, 'no such option without norm: "batch-norm"', options[name]);
  const norm = choice === "none" ? undefined : batchNorm(normalisation);
  const readout = linearReadout(sizeOf(inputShape), classes, random);
  return defineHead({
    name: "denseHead",
    inputShape,
    classes,
    parameters: { ...(norm && prefixed("norm", norm.parameters)), ...readout.parameters },
    state: norm ? prefixed("norm", norm.state) : {},
    config: { inputShape: [...inputShape], ...norm?.config, norm: choice, classes },
    logits(z, call) {
      const normalised = norm ? norm.forward(z, childCall(call, "norm")) : z;
      return readout.apply(
        inputShape.length === 1 ? normalised : reshape(normalised, [z.shape[0]!, sizeOf(inputShape)]),
      );
    },
    ...(norm && { starter: { start: (z, call) => norm.starter!.start(z, childCall(call, "norm")) } }),
  });
}

/** Rebuilds a `denseHead` from its configuration. */
export const denseHeadType: HeadType = {
  head: "denseHead",
  build(config, { random }) {
    const read = readConfig("denseHead", config);
    const norm = read.choice("norm", norms);
    return denseHead({
      inputShape: read.shape("inputShape"),
      classes: read.number("classes"),
      norm,
      ...(norm === "batch-norm" && { momentum: read.number("momentum"), epsilon: read.number("epsilon") }),
      random,
    });
  },
};
