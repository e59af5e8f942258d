import type { GraphBuilder } from "../onnx/graph-builder.ts";
import { elementwise } from "./elementwise.ts";
import { add, div, exp, min, mul, neg, plus, sub, times } from "./formulas.ts";
import type { Lowering } from "./lowering.ts";

/**
 * The functions that contain s = sigmoid(b x): sigmoid, swish and LipSwish with their derivatives. A graph has equal operations only
 * once, so all of them at one x share the exponential and what follows from it. They are written in
 *
 *     n = -b x,   t = e^n,   r = c s = c / (1 + t),   q = c (1 - s) = t r,   p = r q = c^2 s (1 - s),
 *
 * with a constant factor c of the function. Products keep what is small in both tails.
 */
interface Sigmoid {
  readonly c: number;
  readonly n: string;
  readonly r: string;
  q(): string;
  p(): string;
}

/** Takes the place of an infinite t, so that q is 0 there and not NaN. r is 0 as well, and whatever contains q contains r as a factor. */
const largest = 3e38;

function sigmoidAt(graph: GraphBuilder, n: string, c = 1): Sigmoid {
  const t = exp(graph, n);
  const u = plus(graph, t, 1);
  const r = c === 1 ? graph.add("Reciprocal", [u]) : div(graph, graph.scalar(c), u);
  const q = () => mul(graph, min(graph, t, graph.scalar(largest)), r);
  return { c, n, r, q, p: () => mul(graph, r, q()) };
}

/** c^3 swish''(b x) = c^3 s (1 - s) (2 + b x (1 - 2 s)) = p (2 c + n (r - q)). */
const curvature = (graph: GraphBuilder, { c, n, r, q, p }: Sigmoid) =>
  mul(graph, p(), plus(graph, mul(graph, n, sub(graph, r, q())), 2 * c));

type OfX = (graph: GraphBuilder, x: string) => string;
const at = (graph: GraphBuilder, x: string) => sigmoidAt(graph, neg(graph, x));

/** 1 / (1 + e^-x). The operation Sigmoid of ONNX Runtime is constant below -18. */
const sigmoid: OfX = (graph, x) => at(graph, x).r;
const sigmoidDerivative: OfX = (graph, x) => at(graph, x).p();
const swish: OfX = (graph, x) => mul(graph, x, sigmoid(graph, x));
/** s + x s (1 - s) */
const swishDerivative: OfX = (graph, x) =>
  add(graph, sigmoid(graph, x), mul(graph, x, sigmoidDerivative(graph, x)));
const swishSecondDerivative: OfX = (graph, x) => curvature(graph, at(graph, x));

/** A function of x and of a scalar b. */
type OfXAndB = (graph: GraphBuilder, x: string, b: string) => string;
const c = 1 / 1.1;
const atScaled: (...args: Parameters<OfXAndB>) => Sigmoid = (graph, x, b) =>
  sigmoidAt(graph, mul(graph, x, neg(graph, b)), c);

/** c x s */
const lipSwish: OfXAndB = (graph, x, b) => mul(graph, x, atScaled(graph, x, b).r);
/** c swish'(b x) = r + (b / c) x p */
const lipSwishSlope: OfXAndB = (graph, x, b) => {
  const { r, p } = atScaled(graph, x, b);
  return add(graph, r, mul(graph, mul(graph, x, p()), times(graph, 1 / c, b)));
};
/** c x^2 sigmoid'(b x) = x (x p) / c */
const lipSwishByBeta: OfXAndB = (graph, x, b) =>
  times(graph, 1 / c, mul(graph, x, mul(graph, x, atScaled(graph, x, b).p())));
/** b c swish''(b x) */
const lipSwishCurvature: OfXAndB = (graph, x, b) =>
  mul(graph, curvature(graph, atScaled(graph, x, b)), times(graph, 1 / c ** 2, b));
/** x c swish''(b x) */
const lipSwishSlopeByBeta: OfXAndB = (graph, x, b) =>
  mul(graph, curvature(graph, atScaled(graph, x, b)), times(graph, 1 / c ** 2, x));

const ofX = (f: OfX): Lowering => elementwise(["x"], (graph, x) => f(graph, x!));
const timesOfX = (f: OfX): Lowering =>
  elementwise(["dy", "x"], (graph, dy, x) => mul(graph, dy!, f(graph, x!)));
const ofXAndB = (f: OfXAndB): Lowering => elementwise(["x", "b"], (graph, x, b) => f(graph, x!, b!));
const timesOfXAndB = (f: OfXAndB): Lowering =>
  elementwise(["dy", "x", "b"], (graph, dy, x, b) => mul(graph, dy!, f(graph, x!, b!)));

/** The kernels that contain a sigmoid. */
export const sigmoidLowerings: Readonly<Record<string, Lowering>> = {
  Sigmoid: ofX(sigmoid),
  InvertibleSigmoid: ofX(sigmoid),
  InvertibleSigmoidTimes: timesOfX(sigmoid),
  InvertibleSigmoidDerivative: ofX(sigmoidDerivative),
  InvertibleSigmoidDerivativeTimes: timesOfX(sigmoidDerivative),
  InvertibleSwish: ofX(swish),
  InvertibleSwishDerivative: ofX(swishDerivative),
  InvertibleSwishDerivativeTimes: timesOfX(swishDerivative),
  InvertibleSwishSecondDerivative: ofX(swishSecondDerivative),
  InvertibleSwishSecondDerivativeTimes: timesOfX(swishSecondDerivative),
  InvertibleLipSwish: ofXAndB(lipSwish),
  InvertibleLipSwishSlope: ofXAndB(lipSwishSlope),
  InvertibleLipSwishSlopeTimes: timesOfXAndB(lipSwishSlope),
  InvertibleLipSwishByBetaTimes: timesOfXAndB(lipSwishByBeta),
  InvertibleLipSwishCurvatureTimes: timesOfXAndB(lipSwishCurvature),
  InvertibleLipSwishSlopeByBetaTimes: timesOfXAndB(lipSwishSlopeByBeta),
};
