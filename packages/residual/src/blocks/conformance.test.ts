import type { Bijection } from "@invertible/bijection";
import { exactLogDet, geometricLaw, powerSeries, russianRoulette } from "@invertible/log-det";
import type { LogDetEstimator } from "@invertible/log-det";
import { createRandom } from "@invertible/ops";
import type { ActivationName } from "@invertible/ops";
import { describeBijection } from "@invertible/testing";
import type { DescribeOptions } from "@invertible/testing";
import {
  bottleneckBranch,
  denseBranch,
  denseNetBranch,
  implicitBlock,
  monotoneBlock,
  residualBlock,
  residualTypes,
} from "../index.ts";
import type {
  BottleneckBranchOptions,
  ContractiveBranch,
  DenseBranchOptions,
  DenseNetBranchOptions,
} from "../index.ts";

const random = createRandom(21);

const dense = (features: number, more: Partial<DenseBranchOptions> = {}) =>
  denseBranch({
    features,
    hidden: [8, 8],
    activation: "lipSwish",
    coefficient: 0.8,
    preactivation: true,
    random,
    ...more,
  });
const image = (
  activation: ActivationName,
  parametrisation: "capped" | "aol" | undefined,
  more: Partial<BottleneckBranchOptions> = {},
) =>
  bottleneckBranch({
    inputShape: [3, 2, 2],
    hidden: 4,
    activation,
    coefficient: 0.8,
    preactivation: true,
    ...(parametrisation && { parametrisation }),
    random,
    ...more,
  });
const denseNet = (
  inputShape: readonly number[],
  conditionFeatures = 0,
  key = "",
  more: Partial<DenseNetBranchOptions> = {},
) =>
  denseNetBranch({
    inputShape,
    layers: 2,
    growth: 4,
    activation: "cLipSwish",
    coefficient: 0.8,
    conditionFeatures,
    random: random.fold(key),
    ...more,
  });
const residual = (branch: () => ContractiveBranch) => () =>
  residualBlock({ branch: branch(), logDet: exactLogDet() });
const monotone = (branch: () => ContractiveBranch) => () =>
  monotoneBlock({ branch: branch(), logDet: exactLogDet() });
const implicit = (input: () => ContractiveBranch, output: () => ContractiveBranch) => () =>
  implicitBlock({ inputBranch: input(), outputBranch: output(), logDet: exactLogDet() });
const other = random.fold("other");

/** Options for a line that differs from another one only by its weights, not by its operations. */
const onWasm: DescribeOptions = { backends: ["wasm"] };

const isShort = process.env["INVERTIBLE_LONG_TESTS"] !== "1";

/** Blocks with an exact log-det, one line each. */
const table: [name: string, factory: () => Bijection, options?: DescribeOptions][] = [
  [
    "residualBlock, dense elu, 2 features",
    residual(() => dense(2, { activation: "elu", preactivation: false })),
  ],
  ["residualBlock, dense lipSwish, preactivated", residual(() => dense(3))],
  ["residualBlock, dense softplus, 1 feature", residual(() => dense(1, { activation: "softplus" }))],
  ["residualBlock, bottleneck", residual(() => image("lipSwish", "capped")), onWasm],
  [
    "residualBlock, two convolutions of pairs, aol",
    residual(() => image("cPila", "aol", { kernelSizes: [3, 2] })),
    onWasm,
  ],
  ["residualBlock, dense aol", residual(() => dense(3, { parametrisation: "aol" })), onWasm],
  [
    "residualBlock, dense orthogonal, a coefficient per layer",
    residual(() => dense(3, { parametrisation: "orthogonal", coefficient: [0.9, 1.1, 0.7] })),
    onWasm,
  ],
  [
    "residualBlock, dense in the norm 1",
    residual(() => dense(3, { norm: 1, activation: "tanh", preactivation: false, coefficient: 0.9 })),
    onWasm,
  ],
  [
    "residualBlock, dense in the norm infinity",
    residual(() => dense(3, { norm: Infinity, activation: "sin" })),
    onWasm,
  ],
  ["residualBlock, denseNet", residual(() => denseNet([3]))],
  ["residualBlock, denseNet on images", residual(() => denseNet([2, 2, 2])), onWasm],
  [
    "residualBlock, denseNet on images, kernels of even size",
    residual(() => denseNet([3, 2, 1], 0, "even", { kernelSize: 2 })),
    onWasm,
  ],
  ["residualBlock, without a log-det", () => residualBlock({ branch: dense(3) }), onWasm],
  ["residualBlock, unconstrained", () => residualBlock({ branch: dense(3, { coefficient: "none" }) })],
  [
    "residualBlock, unconstrained conditional bottleneck",
    () => residualBlock({ branch: image("cPila", undefined, { coefficient: "none", conditionFeatures: 2 }) }),
    { ...onWasm, condition: conditions(2) },
  ],
  ["monotoneBlock, without a log-det", () => monotoneBlock({ branch: dense(3) }), onWasm],
  [
    "residualBlock, conditional",
    residual(() => dense(3, { conditionFeatures: 2 })),
    { ...onWasm, condition: conditions(2) },
  ],
  [
    "residualBlock, conditional bottleneck",
    residual(() => image("lipSwish", "capped", { conditionFeatures: 2 })),
    { ...onWasm, condition: conditions(2) },
  ],
  ["monotoneBlock, dense", monotone(() => dense(3))],
  [
    "monotoneBlock, conditional denseNet",
    monotone(() => denseNet([3], 1)),
    { ...onWasm, condition: conditions(1) },
  ],
  [
    "implicitBlock, dense",
    implicit(
      () => dense(3),
      () => dense(3, { activation: "sin", random: other }),
    ),
    onWasm,
  ],
  [
    "implicitBlock, one branch conditional",
    implicit(
      () => dense(2),
      () => denseNet([2], 3, "output"),
    ),
    { ...onWasm, condition: conditions(3) },
  ],
];
/** What conditions do to the blocks that solve equations is also tested in conditional.test.ts, in less time. */
const longRows = [
  "monotoneBlock, conditional denseNet",
  "monotoneBlock, without a log-det",
  "implicitBlock, one branch conditional",
];
for (const [name, factory, options] of table.filter(([name]) => !isShort || !longRows.includes(name)))
  describeBijection(name, factory, { types: residualTypes, ...options });

const [features, terms] = [3, 6];
const tanh = (key: string) =>
  dense(features, {
    hidden: [6, 6],
    activation: "tanh",
    coefficient: 0.7,
    preactivation: false,
    random: random.fold(key),
  });
const estimated: [name: string, build: (logDet: LogDetEstimator) => Bijection][] = [
  ["residualBlock", (logDet) => residualBlock({ branch: tanh("g"), logDet })],
  ["monotoneBlock", (logDet) => monotoneBlock({ branch: tanh("g"), logDet })],
  ["implicitBlock", (logDet) => implicitBlock({ inputBranch: tanh("x"), outputBranch: tanh("z"), logDet })],
];
const estimators: [name: string, logDet: LogDetEstimator][] = [
  ["power series, neumann gradient", powerSeries({ terms, gradient: "neumann" })],
  ["power series, series gradient", powerSeries({ terms, gradient: "series" })],
  ["russian roulette", russianRoulette({ law: geometricLaw({ p: 0.5 }), exactTerms: 2 })],
];
/**
 * The estimators see a block as Jacobian-vector products. The residual block takes each of them here, the other two, whose laws
 * solve equations again and again, take one each. INVERTIBLE_LONG_TESTS=1 combines all.
 */
const shortRows = ["monotoneBlock, power series, neumann gradient", "implicitBlock, russian roulette"];
for (const [block, build] of estimated)
  for (const [name, logDet] of estimators) {
    if (isShort && block !== "residualBlock" && !shortRows.includes(`${block}, ${name}`)) continue;
    describeBijection(`${block}, ${name}`, () => build(logDet), { types: residualTypes, ...onWasm });
  }

function conditions(size: number): NonNullable<DescribeOptions["condition"]> {
  return (batch, key) => key.normal([batch, size]);
}
