import { chain, defineBijection, flatten, factorOut } from "@invertible/bijection";
import type { Bijection } from "@invertible/bijection";
import { affineCoupling, convConditioner } from "@invertible/coupling";
import { createFlow, diagonalNormal } from "@invertible/flow";
import type { Flow } from "@invertible/flow";
import {
  actNorm,
  batchNorm,
  invertibleConv1x1,
  logit,
  permutation,
  squeeze,
  uniformDequantisation,
} from "@invertible/layers";
import { exactLogDet, powerSeries } from "@invertible/log-det";
import type { LogDetEstimator } from "@invertible/log-det";
import { UnsupportedError } from "@invertible/errors";
import {
  add,
  createRandom,
  div,
  exp,
  log,
  matMul,
  mul,
  neg,
  square,
  sub,
  sum,
  tanh,
  tensor,
  tidy,
  variable,
} from "@invertible/ops";
import type { Random, Shape, Tensor } from "@invertible/ops";
import {
  bottleneckBranch,
  denseBranch,
  implicitBlock,
  monotoneBlock,
  residualBlock,
} from "@invertible/residual";

/** A flow for tests of gradients, with a batch it takes. */
export interface GradientCase {
  readonly flow: Flow;
  /** [B, ...] */
  batch(count: number): Tensor;
  readonly condition?: (count: number) => Tensor;
}

const random = createRandom(31);

/** As if trained for a while: many layers start as the identity. */
function perturbed(bijection: Bijection): Flow {
  const flow = createFlow({ bijection, base: diagonalNormal({ shape: bijection.outputShape }) });
  Object.values(flow.parameters).forEach((parameter, i) =>
    tidy(() =>
      parameter.assign(add(parameter, mul(random.fold("noise").fold(i).normal(parameter.shape), 0.1))),
    ),
  );
  return flow;
}

const normalBatch = (shape: Shape) => (count: number) => random.fold("batch").normal([count, ...shape]);

export function denseResNet({
  blocks = 4,
  features = 3,
  hidden = 16,
  coefficient = 0.9,
  logDet = powerSeries({ terms: 5 }) as LogDetEstimator,
} = {}): GradientCase {
  const layers = Array.from({ length: blocks }, (_, i) => [
    actNorm({ inputShape: [features] }),
    residualBlock({
      branch: denseBranch({
        features,
        hidden: [hidden, hidden],
        activation: "lipSwish",
        coefficient,
        preactivation: i > 0,
        random: random.fold(i),
      }),
      logDet,
    }),
  ]);
  return { flow: perturbed(chain(layers.flat())), batch: normalBatch([features]) };
}

/** `blocks` convolutional blocks on one scale. */
export function convResNet({
  blocks = 3,
  inputShape = [4, 4, 2] as Shape,
  hidden = 8,
  logDet = powerSeries({ terms: 5 }) as LogDetEstimator,
} = {}): GradientCase {
  const layers = Array.from({ length: blocks }, (_, i) => [
    actNorm({ inputShape }),
    residualBlock({
      branch: bottleneckBranch({
        inputShape,
        hidden,
        activation: "elu",
        coefficient: 0.9,
        preactivation: i > 0,
        random: random.fold(i),
      }),
      logDet,
    }),
  ]);
  return { flow: perturbed(chain(layers.flat())), batch: normalBatch(inputShape) };
}

function glowSteps(inputShape: Shape, steps: number, key: Random): Bijection {
  const channels = inputShape[2]!;
  const step = (i: number) => [
    actNorm({ inputShape }),
    invertibleConv1x1({ inputShape, random: key.fold(i) }),
    affineCoupling({
      inputShape,
      passThrough: i % 2 === 0 ? "first" : "second",
      conditioner: convConditioner({ width: 2 * channels, random: key.fold(i) }),
    }),
  ];
  return chain(Array.from({ length: steps }, (_, i) => step(i)).flat());
}

/** Batch norms between couplings of images, one of them inside a split. */
export function batchNormalised(): GradientCase {
  const inputShape = [4, 4, 2];
  const step = (shape: Shape, key: Random) => [
    batchNorm({ inputShape: shape }),
    affineCoupling({ inputShape: shape, conditioner: convConditioner({ width: 4, random: key }) }),
  ];
  const bijection = chain([
    ...step(inputShape, random.fold("first")),
    factorOut({
      inputShape,
      leaving: "second",
      inner: chain([squeeze({ inputShape: [4, 4, 1] }), ...step([2, 2, 4], random.fold("inner"))]),
    }),
    batchNorm({ inputShape: [32] }),
  ]);
  return { flow: perturbed(bijection), batch: normalBatch(inputShape) };
}

/** Pixels, nested chains, and two splits, one inside the other. */
export function glow(): GradientCase {
  const inner = chain([
    squeeze({ inputShape: [4, 4, 2] }),
    glowSteps([2, 2, 8], 2, random.fold("inner")),
    factorOut({
      inputShape: [2, 2, 8],
      leaving: "second",
      inner: chain([glowSteps([2, 2, 4], 1, random.fold("innermost")), flatten({ inputShape: [2, 2, 4] })]),
    }),
  ]);
  const bijection = chain([
    chain([uniformDequantisation({ inputShape: [8, 8, 1] }), logit({ inputShape: [8, 8, 1], alpha: 0.05 })]),
    squeeze({ inputShape: [8, 8, 1] }),
    glowSteps([4, 4, 4], 2, random.fold("outer")),
    factorOut({ inputShape: [4, 4, 4], leaving: "first", inner }),
  ]);
  return {
    flow: perturbed(bijection),
    batch(count) {
      const pixels = random.fold("pixels").integers(count * 64, 0, 256);
      return tensor(Float32Array.from(pixels), [count, 8, 8, 1]);
    },
  };
}

/** y = x exp(tanh(c S)) + c T with the condition c [B, 2]. */
function conditionalAffine(features: number, key: Random): Bijection {
  const { scale, shift } = tidy(() => ({
    scale: variable(key.fold("scale").normal([2, features])),
    shift: variable(key.fold("shift").normal([2, features])),
  }));
  const parts = (condition: Tensor | undefined) => {
    if (!condition) throw new UnsupportedError("conditionalAffine: expected a condition, received none");
    return { s: tanh(matMul(condition, scale)), t: matMul(condition, shift) };
  };
  return defineBijection({
    name: "conditionalAffine",
    inputShape: [features],
    outputShape: [features],
    parameters: { scale, shift },
    config: {},
    forward(x, { condition }) {
      const { s, t } = parts(condition);
      return { y: add(mul(x, exp(s)), t), logDet: () => sum(s, 1) };
    },
    inverse(y, { condition }) {
      const { s, t } = parts(condition);
      return { x: div(sub(y, t), exp(s)), logDet: () => neg(sum(s, 1)) };
    },
  });
}

/** A condition in affine layers of the tests' own, and in a residual block. */
export function conditional(): GradientCase {
  const { flow, batch } = denseResNet({ blocks: 2 });
  const branch = denseBranch({
    features: 3,
    hidden: [16],
    activation: "elu",
    coefficient: 0.8,
    preactivation: false,
    conditionFeatures: 2,
    random: random.fold("conditional"),
  });
  const layers = [
    conditionalAffine(3, random.fold("a")),
    flow.bijection,
    residualBlock({ branch, logDet: exactLogDet() }),
    permutation({ inputShape: [3], order: "reverse" }),
    conditionalAffine(3, random.fold("b")),
  ];
  return {
    flow: perturbed(chain(layers)),
    batch,
    condition: (count) => random.fold("condition").normal([count, 2]),
  };
}

/** Blocks whose forward direction solves an equation too. */
export function implicitAndMonotone(): GradientCase {
  const branch = (key: string) =>
    denseBranch({
      features: 3,
      hidden: [16],
      activation: "elu",
      coefficient: 0.8,
      preactivation: false,
      random: random.fold(key),
    });
  const logDet = powerSeries({ terms: 8 });
  const layers = [
    actNorm({ inputShape: [3] }),
    implicitBlock({ inputBranch: branch("in"), outputBranch: branch("out"), logDet }),
    monotoneBlock({ branch: branch("monotone"), logDet }),
    residualBlock({ branch: branch("residual"), logDet }),
  ];
  return { flow: perturbed(chain(layers)), batch: normalBatch([3]) };
}

/** Dequantisation and a layer without inverse in the middle, behind and before layers with parameters. */
export function notInvertible(): GradientCase {
  const inputShape = [3];
  const weight = tidy(() => variable(random.fold("weight").normal([3])));
  const oneWay = defineBijection({
    name: "oneWay",
    inputShape,
    outputShape: inputShape,
    traits: { inverse: "none" },
    parameters: { weight },
    config: {},
    forward(x) {
      const a = exp(weight);
      // y = a x + x^3: no inverse by a formula worth writing
      const slope = add(a, mul(3, square(x)));
      return { y: add(mul(a, x), mul(x, square(x))), logDet: () => sum(log(slope), 1) };
    },
    inverse: () => {
      throw new Error("never called");
    },
  });
  const layers = [
    actNorm({ inputShape }),
    uniformDequantisation({ inputShape }),
    actNorm({ inputShape }),
    oneWay,
    actNorm({ inputShape }),
  ];
  return { flow: perturbed(chain(layers)), batch: normalBatch(inputShape) };
}
