import { defineBijection } from "@invertible/bijection";
import { UnsupportedError } from "@invertible/errors";
import { add, conv2d, elu, newVariable } from "@invertible/ops";
import type { Random, Shape, Tensor } from "@invertible/ops";
import type { NetworkStep } from "./network-step.ts";

export interface UnconstrainedBlockOptions {
  /** [H, W, channels] */
  readonly inputShape: Shape;
  readonly hidden: number;
  readonly preactivation: boolean;
  readonly random: Random;
}

const kernelSizes = [3, 1, 3] as const;

/**
 * A block x + g(x) of an ordinary residual network. The g is that of `bottleneckBranch`, and starts from the same distribution of
 * weights, but nothing limits its norms. So it need not be invertible, and has neither an inverse nor a log-det.
 */
export function unconstrainedBlock(options: UnconstrainedBlockOptions): NetworkStep {
  const { inputShape, hidden, preactivation, random } = options;
  const [height, width, channels] = inputShape as [number, number, number];
  const widths = [channels, hidden, hidden, channels];
  const layers = kernelSizes.map((size, i) => {
    const [inputs, outputs] = [widths[i]!, widths[i + 1]!];
    // As wide as Kaiming-uniform initialisation with the slope that the branches of the packages use.
    const limit = 1 / Math.sqrt(size ** 2 * inputs);
    const uniform = (name: string, shape: Shape) =>
      newVariable(shape, () => random.fold(i).fold(name).uniform(shape, -limit, limit));
    const kernel = uniform("kernel", [size, size, inputs, outputs]);
    const apply = (x: Tensor) => add(conv2d(kernel, { inputShape: [height, width, inputs] }).apply(x), bias);
    const bias = uniform("bias", [outputs]);
    return { kernel, bias, apply };
  });
  const g = (x: Tensor) => layers.reduce((h, { apply }, i) => apply(i > 0 || preactivation ? elu(h) : h), x);
  const refuse = (what: string) => (): never => {
    throw new UnsupportedError(`unconstrainedBlock: expected a layer with ${what}, received one without`);
  };
  const layer = defineBijection({
    name: "unconstrainedBlock",
    inputShape,
    outputShape: inputShape,
    traits: { inverse: "none" },
    parameters: Object.fromEntries(
      layers.flatMap(({ kernel, bias }, i) => [
        [`${i}.kernel`, kernel],
        [`${i}.bias`, bias],
      ]),
    ),
    config: { hidden, preactivation },
    forward: (x) => ({ y: add(x, g(x)), logDet: refuse("a log-det") }),
    inverse: refuse("an inverse"),
  });
  return { layer, g };
}
