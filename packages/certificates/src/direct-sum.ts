import { NonFiniteError, checkShape, fail } from "@invertible/errors";
import { withoutIdleTaps } from "./convolution64.ts";
import type { Convolution64, Tap } from "./convolution64.ts";
import type { OperatorWeights } from "./operator-weights.ts";

/** A convolution whose weights have a scale of their own. */
export interface Part {
  /** A power of two, so that dividing the weights by it rounded nothing. */
  readonly scale: number;
  /** The divided convolution. Its largest weight has a magnitude in [1, 2), unless all are zero. */
  readonly convolution: Convolution64;
}

/**
 * Writes an operator as a direct sum of convolutions, each on channels of its own.
 *
 * @throws ArgumentError for shapes that do not fit each other, a stride other than 1 or 2, or magnitudes that no float32 has.
 * @throws NonFiniteError for a weight that is NaN or infinite.
 */
export function directSum(operator: OperatorWeights): Part[] {
  checkSizes(operator);
  const { values } = operator.weight;
  const weights = values instanceof Float64Array ? values : Float64Array.from(values);
  const strange = weights.find((weight) => !Number.isFinite(weight));
  if (strange !== undefined)
    throw new NonFiniteError(`certifyOperator: expected finite weights, received ${strange}`);
  // Beyond these magnitudes, multiplying by the scale could round or overflow.
  const largest = weights.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0);
  if (largest > 2 ** 900 || (largest > 0 && largest < 2 ** -900))
    fail("certifyOperator: largest weight", "0 or a magnitude between 2^-900 and 2^900", largest);
  return partsOf(operator, weights).map(scaled);
}

const ranks = { dense: 2, conv2d: 4, depthwiseConv2d: 3 } as const;

function checkSizes(operator: OperatorWeights): void {
  const { kind, weight } = operator;
  const { values, shape } = weight;
  if (shape.length !== ranks[kind]) fail(`certifyOperator: weight of ${kind}`, `${ranks[kind]} axes`, shape);
  const size = shape.reduce((product, n) => product * n, 1);
  if (values.length !== size)
    fail(`certifyOperator: weight of shape [${shape}]`, `${size} numbers`, values.length);
  if (operator.kind === "dense") return;
  const { inputShape, stride } = operator;
  checkShape("certifyOperator: inputShape", inputShape);
  if (inputShape.length !== 3 || inputShape[2] !== shape[2])
    fail("certifyOperator: inputShape", `[H, W, ${shape[2]}]`, inputShape);
  if (stride !== 1 && stride !== 2) fail("certifyOperator: stride", "1 or 2", stride);
}

function scaled(whole: Convolution64): Part {
  const convolution = withoutIdleTaps(whole);
  const largest = convolution.taps.reduce(
    (most, { block }) => block.reduce((m, weight) => Math.max(m, Math.abs(weight)), most),
    0,
  );
  const scale = largest === 0 ? 1 : 2 ** Math.floor(Math.log2(largest));
  const taps = convolution.taps.map((tap) => ({ ...tap, block: tap.block.map((weight) => weight / scale) }));
  return { scale, convolution: { ...convolution, taps } };
}

function partsOf(operator: OperatorWeights, weights: Float64Array): Convolution64[] {
  const { shape } = operator.weight;
  if (operator.kind === "dense") {
    const [inputs, outputs] = shape as [number, number];
    const onePixel = { height: 1, width: 1, outHeight: 1, outWidth: 1, stride: 1 as const };
    return [{ ...onePixel, inputs, outputs, taps: [{ dy: 0, dx: 0, block: weights }] }];
  }
  const { stride } = operator;
  const [kernelHeight, kernelWidth] = shape as [number, number];
  const [height, width, channels] = operator.inputShape as [number, number, number];
  const [outHeight, outWidth] = [Math.ceil(height / stride), Math.ceil(width / stride)];
  const geometry = { height, width, outHeight, outWidth, stride };
  const taps = (block: (tap: number) => Float64Array): Tap[] =>
    Array.from({ length: kernelHeight * kernelWidth }, (_, tap) => ({
      dy: Math.floor(tap / kernelWidth) - Math.floor((kernelHeight - 1) / 2),
      dx: (tap % kernelWidth) - Math.floor((kernelWidth - 1) / 2),
      block: block(tap),
    }));
  if (operator.kind === "conv2d") {
    const outputs = shape[3]!;
    const size = channels * outputs;
    const all = taps((tap) => weights.subarray(tap * size, (tap + 1) * size));
    return [{ ...geometry, inputs: channels, outputs, taps: all }];
  }
  return Array.from({ length: channels }, (_, channel) => ({
    ...geometry,
    inputs: 1,
    outputs: 1,
    taps: taps((tap) => weights.subarray(tap * channels + channel, tap * channels + channel + 1)),
  }));
}
