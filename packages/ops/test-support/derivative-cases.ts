import * as ops from "../src/index.ts";
import { lipSwishTwins } from "../src/activations/lip-swish.ts";
import { eluTwins } from "../src/functions/elementary.ts";
import { convolutionCases } from "./convolution-cases.ts";
import { rearrangingCases } from "./rearranging-cases.ts";
import { input, linear, pairwise, pointwise } from "./derivative-case-builders.ts";
import type { DerivativeCase } from "./derivative-check.ts";
import type { Tensor } from "../src/tensors/types.ts";

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const softplus = (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
const swishDerivative = (x: number) => sigmoid(x) * (1 + x * (1 - sigmoid(x)));
const pila = (x: number) => (x < 0 ? Math.exp(5 * x) * (12.5 * x ** 3 - 5 * x ** 2 + x) : x);
const pilaDerivative = (x: number) =>
  x < 0 ? Math.exp(5 * x) * (62.5 * x ** 3 + 12.5 * x ** 2 - 5 * x + 1) : 1;
/** f(x) and f(-x) for the 2 rows of x, side by side. */
const pairs = (x: readonly number[], f: (x: number, sign: number, index: number) => number) =>
  [0, 3].flatMap((row) =>
    [1, -1].flatMap((sign) => x.slice(row, row + 3).map((p, i) => f(sign * p, sign, row + i))),
  );
const clamp = (x: number) => Math.min(Math.max(x, -1), 1);
const cube = (x: number) => clamp(x) ** 3 / 3 + x - clamp(x);
// Differences must not straddle a kink.
const aroundZero: [number, number][] = [
  [-2, -0.1],
  [0.1, 2],
];
const aroundOnes: [number, number][] = [
  [-3, -1.1],
  [-0.9, 0.9],
  [1.1, 3],
];
const aroundPilaKinks: [number, number][] = [
  [-1, -0.25],
  [-0.15, 0.15],
  [0.25, 1],
];

const valueAndProduct = (twins: () => [Tensor, Tensor], v: Tensor) =>
  ops.tidy(() => {
    const [value, slope] = twins();
    return ops.add(value, ops.mul(slope, v));
  });

/** Every differentiable export of this package. What takes several calls to test is tidied: one call must make one tensor. */
export const derivativeCases: readonly DerivativeCase[] = [
  ...pointwise("exp", ops.exp, Math.exp),
  ...pointwise("expm1", ops.expm1, Math.expm1),
  ...pointwise("sigmoid", ops.sigmoid, sigmoid),
  ...pointwise("sigmoidDerivative", ops.sigmoidDerivative, (x) => sigmoid(x) * sigmoid(-x)),
  ...pointwise("softplus", ops.softplus, softplus),
  ...pointwise("logSigmoid", ops.logSigmoid, (x) => -softplus(-x)),
  ...pointwise("tanh", ops.tanh, Math.tanh),
  ...pointwise("tanhDerivative", ops.tanhDerivative, (x) => 1 - Math.tanh(x) ** 2),
  ...pointwise("relu", ops.relu, (x) => Math.max(x, 0), aroundZero),
  ...pointwise(
    "leakyRelu",
    (x) => ops.leakyRelu(x),
    (x) => (x > 0 ? x : 0.01 * x),
    aroundZero,
  ),
  ...pointwise(
    "leakyReluDerivative",
    (x) => ops.leakyReluDerivative(x),
    (x) => (x > 0 ? 1 : 0.01),
    aroundZero,
  ),
  ...pointwise("elu", ops.elu, (x) => (x > 0 ? x : Math.expm1(x)), aroundZero),
  ...pointwise("eluDerivative", ops.eluDerivative, (x) => Math.exp(Math.min(x, 0)), aroundZero),
  ...pointwise("swish", ops.swish, (x) => x * sigmoid(x)),
  ...pointwise("swishDerivative", ops.swishDerivative, swishDerivative),
  ...pointwise("lipschitzCube", ops.lipschitzCube, cube, aroundOnes),
  ...pointwise("lipschitzCubeDerivative", ops.lipschitzCubeDerivative, (x) => clamp(x) ** 2, aroundOnes),
  ...pointwise("sin", ops.sin, Math.sin),
  ...pointwise("cos", ops.cos, Math.cos),
  {
    name: "lipSwish",
    f: (x, beta) => ops.lipSwish(x!, beta!),
    inputs: [input([6]), input([])],
    reference: (x, [beta]) => x!.map((p) => (p * sigmoid(softplus(beta!) * p)) / 1.1),
  },
  {
    name: "lipSwishDerivative",
    f: (x, beta) => ops.lipSwishDerivative(x!, beta!),
    inputs: [input([6]), input([])],
    reference: (x, [beta]) => x!.map((p) => swishDerivative(softplus(beta!) * p) / 1.1),
  },
  {
    name: "lipSwish and its slope at once, phi(x) + phi'(x) v",
    f: (x, v, beta) => valueAndProduct(() => lipSwishTwins(x!, beta!), v!),
    inputs: [input([6]), input([6]), input([])],
    reference: (x, v, [beta]) => {
      const b = softplus(beta!);
      return x!.map((p, i) => (p * sigmoid(b * p) + swishDerivative(b * p) * v![i]!) / 1.1);
    },
  },
  ...aroundZero.map(([low, high]): DerivativeCase => ({
    name: `elu and its slope at once, phi(x) + phi'(x) v on [${low}, ${high}]`,
    f: (x, v) => valueAndProduct(() => eluTwins(x!), v!),
    inputs: [input([6], low, high), input([6])],
    reference: (x, v) => x!.map((p, i) => (p > 0 ? p : Math.expm1(p)) + Math.exp(Math.min(p, 0)) * v![i]!),
  })),
  {
    name: "cLipSwish",
    f: (x, beta) => ops.cLipSwish(x!, beta!),
    inputs: [input([2, 3]), input([])],
    reference: (x, [beta]) => pairs(x!, (p) => (p * sigmoid(softplus(beta!) * p)) / 1.1 / 1.004),
  },
  {
    name: "cLipSwishDerivative",
    f: (x, beta) => ops.cLipSwishDerivative(x!, beta!),
    inputs: [input([2, 3]), input([])],
    reference: (x, [beta]) =>
      pairs(x!, (p, sign) => (sign * swishDerivative(softplus(beta!) * p)) / 1.1 / 1.004),
  },
  ...pointwise("pila", ops.pila, pila, aroundZero),
  ...pointwise("pilaDerivative", ops.pilaDerivative, pilaDerivative, aroundZero),
  ...aroundPilaKinks.flatMap(
    ([low, high]) =>
      [
        {
          name: `cPila on [${low}, ${high}]`,
          f: (x: Tensor) => ops.cPila(x),
          inputs: [input([2, 3], low, high)],
          reference: (x: readonly number[]) => pairs(x, (p) => pila(p - 0.2) / 1.06),
        },
        {
          name: `cPilaDerivative on [${low}, ${high}]`,
          f: (x: Tensor) => ops.cPilaDerivative(x),
          inputs: [input([2, 3], low, high)],
          reference: (x: readonly number[]) => pairs(x, (p, sign) => (sign * pilaDerivative(p - 0.2)) / 1.06),
        },
      ] as DerivativeCase[],
  ),
  {
    name: "activation cPila, J v of two stacked batches",
    f: (x, v) => ops.tidy(() => ops.activation("cPila").linearise(x!).jvp(v!)),
    inputs: [input([2, 3], 0.25, 1), input([4, 3])],
    reference: (x, v) =>
      [0, 6].flatMap((s) => pairs(x!, (p, sign, i) => (sign * pilaDerivative(p - 0.2) * v![s + i]!) / 1.06)),
  },
  {
    name: "activation cPila, J' w of two stacked batches",
    f: (x, w) => ops.tidy(() => ops.activation("cPila").linearise(x!).vjp(w!)),
    inputs: [input([2, 3], 0.25, 1), input([4, 6])],
    reference: (x, w) =>
      w!
        .map((q, j) => {
          const [i, second] = [(Math.floor(j / 6) % 2) * 3 + (j % 3), j % 6 >= 3];
          return ((second ? -pilaDerivative(-x![i]! - 0.2) : pilaDerivative(x![i]! - 0.2)) * q) / 1.06;
        })
        .flatMap((first, j, all) => (j % 6 < 3 ? [first + all[j + 3]!] : [])),
  },
  linear("sumPerExample", (x) => ops.sumPerExample(x!), [3, 2, 2]),
  linear("perExample", (x) => ops.tidy(() => ops.perExample(ops.ones([3, 2]), x!)), []),
  linear("gatherRows", (x) => ops.gatherRows(x!, [2, 0]), [4, 2]),
  {
    name: "selectRows",
    f: (a, b) => ops.tidy(() => ops.selectRows(ops.tensor([true, false, true], [3], "bool"), a!, b!)),
    inputs: [input([3, 2]), input([3, 2])],
    reference: (a, b) => [a![0]!, a![1]!, b![2]!, b![3]!, a![4]!, a![5]!],
  },
  linear("gatherRows, repeated", (x) => ops.gatherRows(x!, Int32Array.of(2, 0, 2, 2)), [3, 1, 2]),
  {
    name: "logSoftmax",
    f: (x) => ops.logSoftmax(x!),
    inputs: [input([2, 3])],
    reference: (x) =>
      [0, 3].flatMap((i) => {
        const row = x!.slice(i, i + 3);
        const total = Math.log(row.reduce((sum, p) => sum + Math.exp(p), 0));
        return row.map((p) => p - total);
      }),
  },
  {
    name: "logSumExp",
    f: (x) => ops.logSumExp(x!, 1),
    inputs: [input([2, 3])],
    reference: (x) =>
      [0, 3].map((i) => Math.log(Math.exp(x![i]!) + Math.exp(x![i + 1]!) + Math.exp(x![i + 2]!))),
  },

  ...pointwise("square", ops.square, (x) => x * x),
  ...pointwise("sqrt", ops.sqrt, Math.sqrt, [[0.5, 2]]),
  ...pointwise("rsqrt", ops.rsqrt, (x) => 1 / Math.sqrt(x), [[0.5, 2]]),
  ...pointwise("reciprocal", ops.reciprocal, (x) => 1 / x, [
    [0.5, 2],
    [-2, -0.5],
  ]),
  ...pointwise("log", ops.log, Math.log, [[0.5, 2]]),
  ...pointwise("log1p", ops.log1p, Math.log1p, [[-0.5, 2]]),
  ...pointwise("abs", ops.abs, Math.abs, aroundZero),
  ...pointwise("neg", ops.neg, (x) => -x),
  ...pointwise("clone", ops.clone, (x) => x),
  ...pointwise(
    "cast",
    (x) => ops.cast(x, "float32"),
    (x) => x,
  ),
  ...pointwise("clipByValue", (x) => ops.clipByValue(x, -1, 1), clamp, aroundOnes),
  ...pointwise(
    "where",
    (x) => ops.tidy(() => ops.where(ops.greater(x, 0), ops.square(x), ops.neg(x))),
    (x) => (x > 0 ? x * x : -x),
    aroundZero,
  ),
  ...pointwise(
    "stopGradient",
    (x) => ops.tidy(() => ops.mul(x, ops.stopGradient(ops.onesLike(x)))),
    (x) => x,
  ),
  pairwise("add", ops.add, (a, b) => a + b),
  pairwise("sub", ops.sub, (a, b) => a - b),
  pairwise("mul", ops.mul, (a, b) => a * b),
  pairwise("div", ops.div, (a, b) => a / b, input([5]), input([5], 0.7, 2)),
  pairwise(
    "addN, more than a WebGPU shader binds",
    (a, b) => ops.addN([a, ...Array.from({ length: 11 }, () => b), a]),
    (a, b) => 2 * a + 11 * b,
  ),
  pairwise("maximum", ops.maximum, Math.max, input([5], -2, 0), input([5], 0.1, 2)),
  pairwise("maximum, the other way", ops.maximum, Math.max, input([5], 0.1, 2), input([5], -2, 0)),
  pairwise("minimum", ops.minimum, Math.min, input([5], -2, 0), input([5], 0.1, 2)),
  pairwise("minimum, the other way", ops.minimum, Math.min, input([5], 0.1, 2), input([5], -2, 0)),
  {
    name: "add, broadcast",
    f: (a, b) => ops.add(a!, b!),
    inputs: [input([2, 3]), input([3])],
    reference: (a, b) => a!.map((p, i) => p + b![i % 3]!),
  },
  {
    name: "div, broadcast",
    f: (a, b) => ops.div(a!, b!),
    inputs: [input([2, 3]), input([2, 1], 0.7, 2)],
    reference: (a, b) => a!.map((p, i) => p / b![Math.floor(i / 3)]!),
  },
  {
    name: "mul, broadcast",
    f: (a, b) => ops.mul(a!, b!),
    inputs: [input([2, 3]), input([])],
    reference: (a, b) => a!.map((p) => p * b![0]!),
  },
  {
    name: "maximum, broadcast",
    f: (a, b) => ops.maximum(a!, b!),
    inputs: [input([2, 3], -2, 0), input([3], 0.1, 2)],
    reference: (_, b) => [...b!, ...b!],
  },
  {
    name: "max",
    f: (x) => ops.max(x!, 1),
    inputs: [input([2, 3])],
    reference: (x) => [0, 3].map((i) => Math.max(...x!.slice(i, i + 3))),
  },
  {
    name: "min",
    f: (x) => ops.min(x!, 0, true),
    inputs: [input([2, 3])],
    reference: (x) => [0, 1, 2].map((i) => Math.min(x![i]!, x![i + 3]!)),
  },

  ...[1, -3].map((factor) => ({
    name: `scaleByExp, factor ${factor}`,
    f: (x?: Tensor, s?: Tensor) => ops.scaleByExp(x!, s!, factor),
    inputs: [input([2, 2, 6]), input([6], -0.5, 0.5)],
    reference: (x?: readonly number[], s?: readonly number[]) =>
      x!.map((value, i) => value * Math.exp(factor * s![i % 6]!)),
  })),
  linear("sum over leading axes", (x) => ops.sum(x!, [0, 1]), [2, 3, 4]),
  linear("sum over the last axis", (x) => ops.sum(x!, -1, true), [2, 3]),
  linear("sum of all", (x) => ops.sum(x!), [2, 3]),
  linear("mean over leading axes", (x) => ops.mean(x!, [0, 1]), [2, 3, 4]),
  linear("mean over the last axis", (x) => ops.mean(x!, 1), [2, 3]),
  ...rearrangingCases,
  linear("matMul", (a, b) => ops.matMul(a!, b!), [3, 2], [2, 4]),
  linear("matMul, transposed left", (a, b) => ops.matMul(a!, b!, true), [2, 3], [2, 4]),
  linear("matMul, transposed right", (a, b) => ops.matMul(a!, b!, false, true), [3, 2], [4, 2]),
  linear("matMul, both transposed", (a, b) => ops.matMul(a!, b!, true, true), [2, 3], [4, 2]),
  linear("matMul, batches, transposed left", (a, b) => ops.matMul(a!, b!, true), [2, 2, 3], [2, 2, 2]),
  linear("dense.apply", (x, w) => ops.dense(w!).apply(x!), [3, 2], [2, 4]),
  linear("dense.adjoint", (y, w) => ops.dense(w!).adjoint(y!), [3, 4], [2, 4]),
  ...convolutionCases,
];
