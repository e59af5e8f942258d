import { createRandom, tensor } from "@invertible/ops";
import type { ActivationName, Tensor } from "@invertible/ops";
import { bottleneckBranch, denseBranch } from "../src/index.ts";
import type { ContractiveBranch } from "../src/index.ts";

/** Nested arrays as the golden files have them: their matrices differ in shape. */
export type Nested = number | readonly Nested[];

/**
 * Golden weights have norms of exactly c. A cap a little above c keeps the soft cap's kink, where sigma/c = 1, out of
 * value and gradient.
 */
const aboveTheKink = 1e-4;

export interface GivenMlp {
  readonly dims: readonly number[];
  readonly activation: string;
  readonly preactivation: boolean;
  readonly spectral_norm_of_each_W: number;
  readonly W: readonly Nested[];
  readonly b: readonly Nested[];
}

export async function givenDenseBranch(given: GivenMlp): Promise<ContractiveBranch> {
  const { dims, activation, preactivation, W, b } = given;
  const branch = denseBranch({
    features: dims[0]!,
    hidden: dims.slice(1, -1),
    activation: activation as ActivationName,
    coefficient: given.spectral_norm_of_each_W + aboveTheKink,
    preactivation,
    random: createRandom(1),
  });
  return setParameters(branch, W, b);
}

export interface GivenBottleneck {
  readonly kernels: readonly Nested[];
  readonly biases: readonly Nested[];
  readonly x: Nested;
  readonly input_nonlin: boolean;
  readonly operator_norm_of_each_conv: number;
}

export async function givenBottleneckBranch(
  given: GivenBottleneck,
  inputShape: readonly number[],
): Promise<ContractiveBranch> {
  const [first] = given.biases as readonly (readonly number[])[];
  const branch = bottleneckBranch({
    inputShape,
    hidden: first!.length,
    activation: "elu",
    coefficient: given.operator_norm_of_each_conv + aboveTheKink,
    preactivation: given.input_nonlin,
    random: createRandom(1),
  });
  return setParameters(branch, given.kernels, given.biases);
}

async function setParameters(
  branch: ContractiveBranch,
  weights: readonly Nested[],
  biases: readonly Nested[],
) {
  const assign = (name: string, value: Nested) => {
    const variable = branch.parameters[name]!;
    const given = tensor(value as never) as Tensor;
    variable.assign(given);
    given.dispose();
  };
  weights.forEach((weight, i) => assign(`${i}.weight`, weight));
  biases.forEach((bias, i) => assign(`${i}.bias`, bias));
  await branch.refresh({ tolerance: 1e-7, maxIterations: 5000 });
  return branch;
}
