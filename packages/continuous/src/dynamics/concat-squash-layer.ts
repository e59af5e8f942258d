import { add, matMul, mul, newVariable, reshape, sigmoid, tidy } from "@invertible/ops";
import type { LinearOperator, NamedVariables, Random, Shape, Tensor } from "@invertible/ops";

/** What a concat-squash layer is built from. */
export interface ConcatSquashOptions {
  /** Shape of the weight of the linear map W. The last axis are its output channels. */
  readonly weightShape: Shape;
  /** How many numbers contribute to one number of W's result. It sets the scale of the initial weights. */
  readonly fanIn: number;
  /** Makes W from the weight. */
  readonly operator: (weight: Tensor) => LinearOperator;
  /** Numbers per example in the condition; 0 without one. */
  readonly conditionFeatures: number;
  /** Key for initial values. */
  readonly random: Random;
}

/** One concat-squash layer. */
export interface ConcatSquashLayer {
  readonly parameters: NamedVariables;
  /** The layer at one time, with a condition [B, conditionFeatures] or without. */
  at(t: number, condition: Tensor | undefined): { value(x: Tensor): Tensor; jvp(v: Tensor): Tensor };
}

/**
 * A linear map whose result is gated and shifted by the time, channel by channel:
 *
 *     y = (W x + b + c V) * sigmoid(g t + h) + s t,
 *
 * where c is the condition. The published layer has no condition. All parameters start as those of PyTorch's linear layers
 * do, uniform on +-1/sqrt(fan-in), where the fan-in of g, h and s is 1.
 *
 * @see Grathwohl et al. (2019), FFJORD, arXiv:1810.01367, appendix B.1, and its published code
 */
export function concatSquashLayer(options: ConcatSquashOptions): ConcatSquashLayer {
  const { weightShape, fanIn, operator, conditionFeatures, random } = options;
  const channels = weightShape.at(-1)!;
  const uniform = (name: string, shape: Shape, terms: number) =>
    newVariable(shape, () => random.fold(name).uniform(shape, -1 / Math.sqrt(terms), 1 / Math.sqrt(terms)));
  const weight = uniform("weight", weightShape, fanIn);
  const bias = uniform("bias", [channels], fanIn);
  const gateWeight = uniform("gateWeight", [channels], 1);
  const gateBias = uniform("gateBias", [channels], 1);
  const timeWeight = uniform("timeWeight", [channels], 1);
  const conditionWeight =
    conditionFeatures > 0
      ? uniform("conditionWeight", [conditionFeatures, channels], conditionFeatures)
      : undefined;

  /** b + c V, [channels] or [B, 1, .., channels]. */
  const shiftOf = (condition: Tensor | undefined, axes: number) => {
    if (conditionWeight === undefined || condition === undefined) return bias;
    const between = Array<number>(axes - 1).fill(1);
    const shift = add(matMul(condition, conditionWeight), bias);
    return reshape(shift, [condition.shape[0]!, ...between, channels]);
  };

  return {
    parameters: {
      weight,
      bias,
      gateWeight,
      gateBias,
      timeWeight,
      ...(conditionWeight && { conditionWeight }),
    },
    at(t, condition) {
      const map = operator(weight);
      const gate = sigmoid(add(mul(gateWeight, t), gateBias));
      const shift = shiftOf(condition, map.outputShape.length);
      const timeShift = mul(timeWeight, t);
      return {
        value: (x) => tidy(() => add(mul(add(map.apply(x), shift), gate), timeShift)),
        jvp: (v) => tidy(() => mul(map.apply(v), gate)),
      };
    },
  };
}
