import { defineBijection, knownBounds, readConfig } from "@invertible/bijection";
import type { Bijection, LayerCall, LayerType } from "@invertible/bijection";
import { NonFiniteError, checkOptions, checkShape, fail } from "@invertible/errors";
import {
  add,
  dispose,
  mul,
  neg,
  newVariable,
  perExample,
  scalar,
  scaleByExp,
  sub,
  sum,
  tensor,
  zeros,
} from "@invertible/ops";
import type { Shape, Tensor } from "@invertible/ops";
import { channelMoments } from "./channel-moments.ts";
import { expAbove } from "./exp-above.ts";
import { positionsOf } from "./positions-of.ts";

/** Options of `actNorm`. */
export interface ActNormOptions {
  /** [features], [H, W, C] and so on. Each entry of the last axis has its own scale and shift. */
  readonly inputShape: Shape;
  /**
   * The data-dependent start treats smaller variances as this one, so that even constant channels can start. Default 0, with
   * which a constant channel is an error. Residual Flows uses 0.2.
   */
  readonly varianceFloor?: number;
}

/**
 * Activation normalisation: y = x * exp(logScale) + shift, with one scale and shift for each channel. log|det| = H * W *
 * sum(logScale) nats.
 *
 * x, y: [B, ...inputShape]. The layer is the identity until `initialise`. This sets both parameters so that every channel of
 * the batch leaves with mean 0 and variance 1 (unbiased estimate). It happens only once: nothing is done where the state
 * `initialised` is 1, as in a loaded model. Other conventions describe the same map; Glow's (x + b) * exp(s) has logScale = s
 * and shift = b * exp(s). The certificate is max(exp(logScale)) for the forward map and max(exp(-logScale)) for the inverse,
 * rounded up.
 *
 * @throws ArgumentError from `initialise`, naming the channel, where a channel does not vary over the batch.
 * @throws NonFiniteError from `initialise` for NaN or infinity, and from `certify` for such parameters.
 * @see Kingma, Dhariwal (2018), arXiv 1807.03039, section 3.1
 */
export function actNorm(options: ActNormOptions): Bijection {
  checkOptions("actNorm", options, { inputShape: "required", varianceFloor: "optional" });
  const { inputShape, varianceFloor = 0 } = options;
  checkShape("actNorm.inputShape", inputShape);
  const channels = inputShape.at(-1) ?? fail("actNorm.inputShape", "at least one axis", inputShape);
  if (!(varianceFloor >= 0 && varianceFloor < Infinity))
    fail("actNorm.varianceFloor", "a number >= 0", varianceFloor);
  const positions = positionsOf(inputShape);
  const logScale = newVariable([channels], () => zeros([channels]));
  const shift = newVariable([channels], () => zeros([channels]));
  const initialised = newVariable([], () => scalar(0), false);
  const logDet = () => mul(sum(logScale), positions);

  return defineBijection({
    name: "actNorm",
    inputShape,
    outputShape: inputShape,
    parameters: { logScale, shift },
    state: { initialised },
    config: { inputShape: [...inputShape], varianceFloor },
    forward: (x) => ({ y: add(scaleByExp(x, logScale), shift), logDet: () => perExample(x, logDet()) }),
    inverse: (y) => ({
      x: scaleByExp(sub(y, shift), logScale, -1),
      logDet: () => perExample(y, neg(logDet())),
    }),
    lipschitz: knownBounds(async () => {
      const logScales = Float32Array.from(await logScale.data());
      const bad = logScales.find((value) => !Number.isFinite(value));
      if (bad !== undefined)
        throw new NonFiniteError(`actNorm.certify: expected finite parameters, received ${bad}`);
      // Math.max(...) would put its arguments on the stack, and after a flatten there are as many channels as pixels.
      const largest = logScales.reduce((most, value) => Math.max(most, value), -Infinity);
      const smallest = logScales.reduce((least, value) => Math.min(least, value), Infinity);
      return { forward: expAbove(largest), inverse: expAbove(-smallest) };
    }),
    starter: { start },
  });

  async function start(x: Tensor, call: LayerCall): Promise<void> {
    if ((await initialised.data())[0] === 1) return;
    const where = `${call.where} x`;
    const { mean, variance } = await channelMoments(where, x);
    const scale = mean.map((m, channel) => {
      const spread = Math.sqrt(Math.max(variance[channel]!, varianceFloor));
      if (varianceFloor === 0) checkVaries(where, channel, m, spread);
      return 1 / spread;
    });
    const values = {
      logScale: tensor(Float32Array.from(scale, Math.log)),
      shift: tensor(Float32Array.from(scale, (s, channel) => -mean[channel]! * s)),
      one: scalar(1),
    };
    logScale.assign(values.logScale);
    shift.assign(values.shift);
    initialised.assign(values.one);
    dispose(values);
  }
}

/** Below this fraction of its mean, the spread of a channel is float32 rounding: eight units in the last place. */
const roundingSpread = 2 ** -20;
/** Below this spread, exp(logScale) approaches the end of float32. */
const smallestSpread = 1e-30;

function checkVaries(where: string, channel: number, mean: number, spread: number): void {
  if (!(spread > Math.max(smallestSpread, roundingSpread * Math.abs(mean))))
    fail(
      `${where}, channel ${channel}`,
      "values that vary over the batch",
      `standard deviation ${spread} about mean ${mean}`,
    );
}

/** Rebuilds an `actNorm` from its configuration. */
export const actNormType: LayerType = {
  layer: "actNorm",
  build(config) {
    const read = readConfig("actNorm", config);
    return actNorm({ inputShape: read.shape("inputShape"), varianceFloor: read.number("varianceFloor") });
  },
};
