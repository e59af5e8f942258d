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

/** Glow's `logscale_factor`: learned scales are exp(3 s), which lets them move three times as fast. */
const logScaleFactor = 3;

/** Below this standard deviation a hidden channel is taken for a constant one and not blown up. */
const smallestSpread = 1e-3;

export interface ScaledConv {
  readonly parameters: NamedVariables;
  /** [B, ...inputShape] -> [B, H, W, outputs] */
  apply(x: Tensor): Tensor;
  /** Sets bias and logScale so that every output channel of this batch has mean 0 and variance 1. */
  normalise(x: Tensor): void;
}

/**
 * Glow's convolution: y = (K * x + e + b) exp(3 s), with the kernel K, for 3x3 kernels a kernel over an indicator of the
 * zero padding (e; it tells the network where the border is), a bias b and a log-scale s by channel.
 *
 * Scale and bias are folded into the kernel and into one [1, H, W, outputs] offset, so that a feature map meets two
 * operations only.
 *
 * @param kernel initial value, [k, k, inputs, outputs] with k = 1 or 3; the edge kernel starts at zero beside it, as
 *   `edge` says otherwise.
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
