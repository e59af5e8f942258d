import {
  add,
  conv2d,
  exp,
  log,
  matMul,
  maximum,
  mean,
  mul,
  neg,
  reshape,
  sqrt,
  square,
  sub,
  tensor,
  tidy,
  variable,
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

/**
 * Glow's convolution y = (K * x + e + b) exp(3 s), with the kernel K, a bias b and a log-scale s for each channel. The term e
 * is a second 3x3 kernel over an indicator of the zero padding. It tells the network where the border is; 1x1 kernels do not
 * have it.
 *
 * Scale and bias are folded into the kernel and into one [1, H, W, outputs] offset, so that a feature map goes through two
 * operations only.
 *
 * @param initial the initial kernel [k, k, inputs, outputs] with k = 1 or 3, and for k = 3 the initial kernel over the padding
 */
export function scaledConv(
  inputShape: Shape,
  initial: { kernel: Tensor; edge: Tensor | undefined },
): ScaledConv {
  const [height, width] = inputShape as [number, number, number];
  const outputs = initial.kernel.shape[3]!;
  const kernel = variable(initial.kernel);
  const edgeKernel = initial.edge === undefined ? undefined : variable(initial.edge);
  const bias = tidy(() => variable(zeros([outputs])));
  const logScale = tidy(() => variable(zeros([outputs])));
  const taps = outsideTaps(height, width);

  const offset = (): Tensor => {
    if (edgeKernel === undefined) return bias;
    const edge = matMul(tensor(taps, [height * width, 9]), reshape(edgeKernel, [9, outputs]));
    return add(reshape(edge, [1, height, width, outputs]), bias);
  };
  const scale = () => exp(mul(logScale, logScaleFactor));

  return {
    parameters: { kernel, ...(edgeKernel && { edgeKernel }), bias, logScale },
    apply(x) {
      const s = scale();
      return add(conv2d(mul(kernel, s), { inputShape }).apply(x), mul(offset(), s));
    },
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
