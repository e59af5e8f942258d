import { NonFiniteError, UnsupportedError } from "@invertible/ops";
import type { LinearOperator, OperatorStructure } from "@invertible/ops";
import { withoutIdleTaps } from "./certify-taps.ts";
import type { Convolution64, Tap } from "./certify-taps.ts";

/** A convolution with weights of its own scale. */
export interface Part {
  /** A power of two, so that nothing was rounded when the weights were divided by it. */
  readonly scale: number;
  /** The largest magnitude of its weights is in [1, 2), unless none is left. */
  readonly convolution: Convolution64;
}

/**
 * An operator as a direct sum of convolutions, each on channels of its own. The read starts before the first await: the tensors may be disposed of once the call
 * has returned its promise.
 *
 * @throws UnsupportedError for an operator without `structure`.
 * @throws NonFiniteError for a weight that is NaN or infinite.
 */
export async function readWeights(operator: LinearOperator): Promise<Part[]> {
  const { structure } = operator;
  if (structure === undefined)
    throw new UnsupportedError(
      "certify: expected an operator with a `structure` (dense, conv2d, depthwiseConv2d), received one known by its action only",
    );
  const tensor = structure.kind === "dense" ? structure.weight : structure.kernel;
  const weights = Float64Array.from(await tensor.data());
  const strange = weights.find((weight) => !Number.isFinite(weight));
  if (strange !== undefined)
    throw new NonFiniteError(`certify: expected finite weights, received ${strange}`);

  return partsOf(structure, tensor.shape, weights, operator).map(scaled);
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

function partsOf(
  structure: OperatorStructure,
  shape: readonly number[],
  weights: Float64Array,
  { inputShape, outputShape }: LinearOperator,
): Convolution64[] {
  if (structure.kind === "dense") {
    const [inputs, outputs] = shape as [number, number];
    const onePixel = { height: 1, width: 1, outHeight: 1, outWidth: 1, stride: 1 as const };
    return [{ ...onePixel, inputs, outputs, taps: [{ dy: 0, dx: 0, block: weights }] }];
  }
  const [kernelHeight, kernelWidth] = shape as [number, number];
  const [height, width, channels] = inputShape as [number, number, number];
  const [outHeight, outWidth, outputs] = outputShape as [number, number, number];
  const geometry = { height, width, outHeight, outWidth, stride: structure.stride };
  const taps = (block: (tap: number) => Float64Array): Tap[] =>
    Array.from({ length: kernelHeight * kernelWidth }, (_, tap) => ({
      dy: Math.floor(tap / kernelWidth) - Math.floor((kernelHeight - 1) / 2),
      dx: (tap % kernelWidth) - Math.floor((kernelWidth - 1) / 2),
      block: block(tap),
    }));
  if (structure.kind === "conv2d") {
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
