import { defineBijection, knownBounds, readConfig } from "@invertible/bijection";
import type { Bijection, LayerCall, LayerType } from "@invertible/bijection";
import { NonFiniteError, checkBetween, checkOptions, checkShape, fail } from "@invertible/errors";
import {
  add,
  dispose,
  div,
  exp,
  log,
  mean,
  mul,
  neg,
  newVariable,
  ones,
  perExample,
  sqrt,
  square,
  stopGradient,
  sub,
  sum,
  tensor,
  zeros,
} from "@invertible/ops";
import type { Shape, Tensor } from "@invertible/ops";
import { channelMoments } from "./channel-moments.ts";
import { expAbove, expError } from "./exp-above.ts";
import { positionsOf } from "./positions-of.ts";

/** Options of `batchNorm`. */
export interface BatchNormOptions {
  /** [features], [H, W, C] and so on. Each entry of the last axis has its own statistics, scale and shift. */
  readonly inputShape: Shape;
  /**
   * How much of the running statistics stays at a training step: running = momentum * running + (1 - momentum) * batch. In [0, 1),
   * default 0.9. Some libraries call one minus this number "momentum".
   */
  readonly momentum?: number;
  /** Added to variances, so that a constant channel has a finite scale. Default 1e-5. */
  readonly epsilon?: number;
}

/** The numbers that normalise each channel, [channels]. */
interface Statistics {
  readonly mean: Tensor;
  readonly variance: Tensor;
}

/**
 * The batch norm of flows: y = exp(logScale) * (x - mean) / sqrt(variance + epsilon) + shift, with one mean, variance, scale and shift
 * for each channel. log|det| = H * W * sum(logScale - ln(variance + epsilon) / 2) nats.
 *
 * x, y: [B, ...inputShape]. Otherwise than in training, and always in the inverse direction, mean and variance are the running statistics in
 * `state`. The layer is then a fixed affine map that sees each example alone, and the certificate proves its constants.
 *
 * In training, `forward` uses the mean and the (biased) variance of the batch, over examples and positions, and gradients flow through
 * both. The output of an example then depends on the whole batch, and the log-det is that of the affine map with these statistics
 * held fixed. So the loss of a training step is what the papers minimise, but it is not the mean of -log p(x) of a density on
 * single examples. Evaluate for that.
 *
 * Running statistics move once in a training step, by `momentum`: the layer proposes them to `call.stateUpdates`, and `train` applies
 * them. With micro-batches each has statistics of its own, and the running ones move by their mean. `initialise` sets the running
 * statistics to those of its batch, every time. After training it can so be used with the whole training set, as in MAF, or
 * after the parameters were replaced by their averages.
 *
 * Difference from Real NVP: its appendix normalises training batches by the moved average, and we by the batch alone, as MAF does.
 *
 * @throws ArgumentError from `forward` in training and from `initialise`, for one number per channel. It has no variance.
 * @throws NonFiniteError from `initialise` for NaN or infinity, and from `certify` for such variables or a variance below 0.
 * @see Dinh, Sohl-Dickstein, Bengio (2017), arXiv 1605.08803, section 3.7; Papamakarios, Pavlakou, Murray (2017), arXiv 1705.07057,
 * appendix B
 */
export function batchNorm(options: BatchNormOptions): Bijection {
  checkOptions("batchNorm", options, {
    inputShape: "required",
    momentum: "optional",
    epsilon: "optional",
  });
  const { inputShape, momentum = 0.9, epsilon = 1e-5 } = options;
  checkShape("batchNorm.inputShape", inputShape);
  const channels = inputShape.at(-1) ?? fail("batchNorm.inputShape", "at least one axis", inputShape);
  // A comparison alone would accept the text "0.5".
  if (!(typeof momentum === "number" && momentum >= 0 && momentum < 1))
    fail("batchNorm.momentum", "a number in [0, 1)", momentum);
  checkBetween("batchNorm.epsilon", epsilon, 0, Infinity);
  const positions = positionsOf(inputShape);
  const axes = inputShape.map((_, axis) => axis);
  const logScale = newVariable([channels], () => zeros([channels]));
  const shift = newVariable([channels], () => zeros([channels]));
  const runningMean = newVariable([channels], () => zeros([channels]), false);
  const runningVariance = newVariable([channels], () => ones([channels]), false);

  const running: Statistics = { mean: runningMean, variance: runningVariance };
  const logDet = (variance: Tensor) =>
    mul(sum(sub(logScale, mul(log(add(variance, epsilon)), 0.5))), positions);
  const moved = (from: Tensor, to: Tensor) => add(mul(from, momentum), mul(stopGradient(to), 1 - momentum));
  const checkCount = (where: string, x: Tensor) => {
    const count = x.shape[0]! * positions;
    if (count < 2) fail(where, "at least two numbers for each channel, to take a variance from", count);
  };

  return defineBijection({
    name: "batchNorm",
    inputShape,
    outputShape: inputShape,
    parameters: { logScale, shift },
    state: { runningMean, runningVariance },
    config: { inputShape: [...inputShape], momentum, epsilon },
    traits: { trainingMap: "batch-statistics" },
    forward(x, { training, stateUpdates, where }) {
      if (training) checkCount(`${where} x in training`, x);
      const statistics = training ? batchStatistics(x, axes) : running;
      if (training && stateUpdates) {
        stateUpdates.propose(runningMean, moved(runningMean, statistics.mean));
        stateUpdates.propose(runningVariance, moved(runningVariance, statistics.variance));
      }
      const scale = div(exp(logScale), sqrt(add(statistics.variance, epsilon)));
      return {
        y: add(mul(sub(x, statistics.mean), scale), shift),
        logDet: () => perExample(x, logDet(statistics.variance)),
      };
    },
    inverse(y) {
      const scale = mul(exp(neg(logScale)), sqrt(add(runningVariance, epsilon)));
      return {
        x: add(mul(sub(y, shift), scale), runningMean),
        logDet: () => perExample(y, neg(logDet(runningVariance))),
      };
    },
    lipschitz: knownBounds(async () => {
      const [logScales, variances] = [await logScale.data(), await runningVariance.data()];
      let [forward, inverse] = [0, 0];
      for (const [channel, value] of logScales.entries()) {
        const variance = variances[channel]!;
        if (!(Number.isFinite(value) && variance >= 0 && variance < Infinity))
          throw new NonFiniteError(
            `batchNorm.certify, channel ${channel}: expected a finite scale and a variance of at least 0, ` +
              `received exp(${value}) and ${variance}`,
          );
        const spread = Math.sqrt(variance + epsilon);
        // Beside the exponential, a sum, a root and a product or quotient are rounded.
        forward = Math.max(forward, (expAbove(value) / spread) * (1 + expError));
        inverse = Math.max(inverse, expAbove(-value) * spread * (1 + expError));
      }
      return { forward, inverse };
    }),
    starter: { start },
  });

  async function start(x: Tensor, call: LayerCall): Promise<void> {
    const where = `${call.where} x`;
    checkCount(where, x);
    const moments = await channelMoments(where, x);
    const count = x.shape[0]! * positions;
    const values = {
      mean: tensor(Float32Array.from(moments.mean)),
      // The biased variance, as in training.
      variance: tensor(Float32Array.from(moments.variance, (variance) => (variance * (count - 1)) / count)),
    };
    runningMean.assign(values.mean);
    runningVariance.assign(values.variance);
    dispose(values);
  }
}

/** The mean and the biased variance of every channel of a batch. Deviations are squared, since a difference of squares loses digits. */
function batchStatistics(x: Tensor, axes: number[]): Statistics {
  const center = mean(x, axes);
  return { mean: center, variance: mean(square(sub(x, center)), axes) };
}

/** Rebuilds a `batchNorm` from its configuration. */
export const batchNormType: LayerType = {
  layer: "batchNorm",
  build(config) {
    const read = readConfig("batchNorm", config);
    return batchNorm({
      inputShape: read.shape("inputShape"),
      momentum: read.number("momentum"),
      epsilon: read.number("epsilon"),
    });
  },
};
