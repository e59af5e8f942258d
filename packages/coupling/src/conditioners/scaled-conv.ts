import {
  add,
  conv2d,
  log,
  matMul,
  maximum,
  mean,
  mul,
  neg,
  newVariable,
  reshape,
  scaleByExp,
  sqrt,
  square,
  sub,
  tensor,
  tidy,
  zeros,
} from "@invertible/ops";
import type { NamedVariables, Shape, Tensor } from "@invertible/ops";
import { outsideTaps } from "./outside-taps.ts";

/** Glow's `logscale_factor`. Learned scales are exp(3 s), which lets them change three times as fast. */
const logScaleFactor = 3;

/** A hidden channel with a smaller standard deviation counts as constant, and is not scaled up. */
const smallestSpread = 1e-3;

/** A convolution with a bias and a scale for each channel. */
export interface ScaledConv {
  /** The variables that training changes, by name. */
  readonly parameters: NamedVariables;
  /** Applies it, [B, ...inputShape] -> [B, H, W, outputs]. */
  apply(x: Tensor): Tensor;
  /** Sets bias and logScale so that every output channel of this batch has mean 0 and variance 1. */
  normalise(x: Tensor): void;
}

export interface ScaledConvOptions {
  readonly kernelSize: 1 | 3;
  readonly outputs: number;
  /** The values at the start. */
  initial(part: "kernel" | "edgeKernel", shape: number[]): Tensor;
}

/**
 * Glow's convolution y = (K * x + e + b) exp(3 s), with the kernel K, a bias b and a log-scale s for each channel. The term e
 * is a second 3x3 kernel over an indicator of the zero padding. It tells the network where the border is; 1x1 kernels do not
 * have it.
 *
 * Scale and bias are folded into the kernel and into one [1, H, W, outputs] offset, so that a feature map goes through two
 * operations only.
 *
 * The kernel is [k, k, inputs, outputs], the edge kernel [3, 3, 1, outputs].
 */
export function scaledConv(
  inputShape: Shape,
  { kernelSize, outputs, initial }: ScaledConvOptions,
): ScaledConv {
  const [height, width, inputs] = inputShape as [number, number, number];
  const start = (part: "kernel" | "edgeKernel", shape: number[]) =>
    newVariable(shape, () => initial(part, shape));
  const kernel = start("kernel", [kernelSize, kernelSize, inputs, outputs]);
  const edgeKernel = kernelSize === 1 ? undefined : start("edgeKernel", [3, 3, 1, outputs]);
  const bias = newVariable([outputs], () => zeros([outputs]));
  const logScale = newVariable([outputs], () => zeros([outputs]));
  // Not before the first use: nine numbers for every pixel are many in an image that a file only claims to see.
  let taps: Float32Array | undefined;

  const offset = (): Tensor => {
    if (edgeKernel === undefined) return bias;
    const edge = matMul(
      tensor((taps ??= outsideTaps(height, width)), [height * width, 9]),
      reshape(edgeKernel, [9, outputs]),
    );
    return add(reshape(edge, [1, height, width, outputs]), bias);
  };
  const scaled = (x: Tensor) => scaleByExp(x, logScale, logScaleFactor);

  return {
    parameters: { kernel, ...(edgeKernel && { edgeKernel }), bias, logScale },
    apply: (x) => add(conv2d(scaled(kernel), { inputShape }).apply(x), scaled(offset())),
    normalise: (x) =>
      tidy(() => {
        const y = sub(add(conv2d(kernel, { inputShape }).apply(x), offset()), bias);
        const average = mean(y, [0, 1, 2]);
        const spread = sqrt(mean(square(sub(y, average)), [0, 1, 2]));
        bias.assign(neg(average));
        logScale.assign(mul(log(maximum(spread, smallestSpread)), -1 / logScaleFactor));
      }),
  };
}
