import { checkIntegerFrom, checkOptions, checkPositiveInteger, checkShape, fail } from "@invertible/errors";
import { activation, newVariable, zeros } from "@invertible/ops";
import type { Shape } from "@invertible/ops";
import { convParametrisations, denseParametrisations, parametrised } from "./bounded-operators.ts";
import type { DenseParametrisation } from "./bounded-operators.ts";
import { newLayer } from "./stages/branch-layer.ts";
import { checkShared, perLayer, sharedConfig } from "./branch-options.ts";
import type { BranchOptions } from "./branch-options.ts";
import { composeBranch } from "./compose-branch.ts";
import { concatenationStage } from "./stages/concatenation-stage.ts";
import { checkCoefficientsContract, facts } from "./contraction.ts";
import type { ContractiveBranch } from "./contractive-branch.ts";
import { layerStage } from "./stages/layer-stage.ts";

/** Options of `denseNetBranch`. */
export interface DenseNetBranchOptions extends BranchOptions {
  /** As for other branches, but not "none". */
  readonly coefficient: number | readonly number[];
  /** [features] for vectors, or [H, W, channels] for images. */
  readonly inputShape: Shape;
  /** How many layers concatenate their result to their input, at most 1000. One more layer projects back to the channels of the input. */
  readonly layers: number;
  /** How many channels each of them adds. It must be even with an activation to pairs, such as "cLipSwish". */
  readonly growth: number;
  /** On images, the k of their k x k convolutions, odd or even. Default 3. The layer that projects back is always 1x1. */
  readonly kernelSize?: number;
  /** How the norms of the layers are bounded. Default "capped". "orthogonal" is for vectors only. */
  readonly parametrisation?: DenseParametrisation;
}

/** A list of coefficients has as many entries. */
const mostLayers = 1000;

/**
 * A contractive DenseNet. Each of its `layers` maps x to concat(eta_1 x, eta_2 phi(W x + b)), with learnable weights eta of
 * length c. A linear layer of norm c, on images a 1x1 convolution, then projects back to the channels of the input. So L =
 * c^(layers + 1) for any activation, because the norm of W is capped at 1/sup|phi'|.
 *
 * The weights eta are computed from the parameters "<layer>.concatenation", which start at 0. The published networks use
 * "cLipSwish", have a growth of 172 in 3 layers on images, and train eta from the 25th epoch on.
 *
 * @throws ArgumentError for sizes below 1, an odd growth with an activation to pairs, options that are unknown or do not go
 * together, or L >= 1.
 * @see Perugachi-Diaz, Tomczak, Bhulai (2021), Invertible DenseNets with Concatenated LipSwish, arXiv:2102.02694
 */
export function denseNetBranch(options: DenseNetBranchOptions): ContractiveBranch {
  checkOptions("denseNetBranch", options, {
    inputShape: "required",
    layers: "required",
    growth: "required",
    kernelSize: "optional",
    parametrisation: "optional",
    activation: "required",
    coefficient: "required",
    conditionFeatures: "optional",
    random: "required",
  });
  const where = "denseNetBranch";
  const { inputShape, layers, growth, conditionFeatures = 0, random } = options;
  const { parametrisation = "capped" } = options;
  checkShape(`${where}: inputShape`, inputShape);
  if (inputShape.length !== 1 && inputShape.length !== 3)
    fail(`${where}: inputShape`, "[features] or [H, W, channels]", inputShape);
  checkIntegerFrom(`${where}: layers`, layers, 1, mostLayers);
  checkPositiveInteger(`${where}: growth`, growth);
  const coefficients = perLayer(where, options.coefficient, layers + 1);
  checkShared(where, options);
  const { lipschitz: slope, expansion } = facts(options.activation);
  if (growth % expansion !== 0) fail(`${where}: growth`, `an even number with ${options.activation}`, growth);
  if (!Number.isFinite(slope)) fail(`${where}: activation`, "one with a bounded slope", options.activation);
  checkCoefficientsContract(where, coefficients);
  const { kernelSize, build } = operatorsOn(where, options, parametrisation);

  const channels = inputShape.at(-1)!;
  const operatorAt = (i: number, outputs: number, size: number, coefficient: number) => {
    const key = random.fold(i);
    const inputs = channels + i * growth;
    const operator = build({ inputs, outputs, kernelSize: size, coefficient, norm: 2, random: key });
    return newLayer({ operator, fanIn: size ** 2 * inputs, conditionFeatures, random: key });
  };
  const stages = Array.from({ length: layers }, (_, i) =>
    concatenationStage({
      ...operatorAt(i, growth / expansion, kernelSize, 1 / slope),
      activation: activation(options.activation),
      concatenation: newVariable([2], () => zeros([2])),
      coefficient: coefficients[i]!,
    }),
  );
  const back = layerStage(operatorAt(layers, channels, 1, coefficients[layers]!), undefined);
  return composeBranch({
    name: where,
    stages: [...stages, back],
    norm: 2,
    conditionFeatures,
    config: {
      branch: "denseNet",
      inputShape: [...inputShape],
      layers,
      growth,
      parametrisation,
      ...(inputShape.length === 3 && { kernelSize }),
      ...sharedConfig(options),
    },
  });
}

interface Request {
  readonly inputs: number;
  readonly outputs: number;
  readonly kernelSize: number;
  readonly coefficient: number;
  readonly norm: number;
  readonly random: BranchOptions["random"];
}

function operatorsOn(
  where: string,
  { inputShape, kernelSize = 3 }: DenseNetBranchOptions,
  parametrisation: DenseParametrisation,
) {
  if (inputShape.length === 1) {
    const build = parametrised(where, denseParametrisations, parametrisation);
    return { kernelSize: 1, build: ({ kernelSize: _, ...request }: Request) => build(request) };
  }
  checkPositiveInteger(`${where}: kernelSize`, kernelSize);
  const build = parametrised(where, convParametrisations, parametrisation as "capped" | "aol");
  const [height, width] = inputShape as [number, number, number];
  return {
    kernelSize,
    build: ({ inputs, ...request }: Request) => build({ ...request, inputShape: [height, width, inputs] }),
  };
}
