/** Functions of each entry, written in the operations of ONNX that are fast and right. Every pass over an array costs about the same. */
import { float } from "../onnx/graph.ts";
import type { GraphBuilder } from "../onnx/graph-builder.ts";

type Unary = (graph: GraphBuilder, x: string) => string;
type Binary = (graph: GraphBuilder, a: string, b: string) => string;

const unary =
  (operation: string): Unary =>
  (graph, x) =>
    graph.add(operation, [x]);
const binary =
  (operation: string): Binary =>
  (graph, a, b) =>
    graph.add(operation, [a, b]);

export const add = binary("Add");
export const sub = binary("Sub");
export const mul = binary("Mul");
export const div = binary("Div");
export const min = binary("Min");
const max = binary("Max");
export const exp = unary("Exp");
export const neg = unary("Neg");
export const relu = unary("Relu");
export const tanh = unary("Tanh");

/** factor x, for a number. */
export const times = (graph: GraphBuilder, factor: number, x: string) =>
  factor === 1 ? x : mul(graph, x, graph.scalar(factor));
/** x + term, for a number. */
export const plus = (graph: GraphBuilder, x: string, term: number) => add(graph, x, graph.scalar(term));

export const clip = (graph: GraphBuilder, x: string, low: number, high: number) =>
  min(graph, max(graph, x, graph.scalar(low)), graph.scalar(high));

/** log(1 + e) for 0 <= e <= 1, without cancellation: log(u) - ((u - 1) - e) / u for u = 1 + e. */
const logOnePlusSmall: Unary = (graph, e) => {
  const u = plus(graph, e, 1);
  return sub(graph, graph.add("Log", [u]), roundedAway(graph, e, u));
};

/** log(1 + x). Beyond [-1/2, 1] the plain sum loses nothing that matters, and what was rounded away from it may not be finite. */
export const logOnePlus: Unary = (graph, x) => {
  const near = clip(graph, x, -0.5, 1);
  const log = graph.add("Log", [plus(graph, x, 1)]);
  return sub(graph, log, roundedAway(graph, near, plus(graph, near, 1)));
};

/** ((u - 1) - e) / u, by which the logarithm of u = 1 + e is too large. */
const roundedAway: Binary = (graph, e, u) => div(graph, sub(graph, plus(graph, u, -1), e), u);

/** max(x, 0) + log(1 + e^-|x|). The operation Softplus is many times as slow. */
export const softplus: Unary = (graph, x) =>
  add(graph, relu(graph, x), logOnePlusSmall(graph, exp(graph, neg(graph, graph.add("Abs", [x])))));

/** tanh(x/2) (e^x + 1), which does not cancel near 0. */
export const expMinusOne: Unary = (graph, x) =>
  mul(graph, tanh(graph, times(graph, 0.5, x)), plus(graph, exp(graph, x), 1));

/** e^min(x, 0), the slope of ELU, which its value and its curvature contain too. */
export const eluSlope: Unary = (graph, x) => exp(graph, min(graph, x, graph.scalar(0)));

/** Relu(x) + e^min(x, 0) - 1, to an absolute error of 1.2e-7. The operation Elu is four times as slow. */
export const elu: Unary = (graph, x) => plus(graph, add(graph, relu(graph, x), eluSlope(graph, x)), -1);

/** 1 for x > 0, else 0, and NaN for NaN. Sign does the same in one pass, but that pass takes five times as long as another. */
export const positive: Unary = (graph, x) => min(graph, graph.add("Ceil", [relu(graph, x)]), graph.scalar(1));

/** What a number is multiplied by before it is cut off at 1. Products with all numbers but the subnormal ones are larger than 1. */
const steep = 3.4e38;

/**
 * The slope of ReLU in one pass: 1 for x > 0, else 0, and NaN for NaN. For a subnormal x, below 1.2e-38, it may be any number
 * from 0 to 1. `positive` takes two passes.
 */
export const reluSlope: Unary = (graph, x) =>
  graph.add("HardSigmoid", [x], { alpha: float(steep), beta: float(0) });

/** e^x for x <= 0, else 0: the slope is 1 where x > 0. */
export const eluCurvature: Unary = (graph, x) => sub(graph, eluSlope(graph, x), reluSlope(graph, x));

/** 1 - tanh(x)^2, to an absolute error of 1.2e-7. */
export const tanhSlope: Unary = (graph, x) => {
  const y = tanh(graph, x);
  return sub(graph, graph.scalar(1), mul(graph, y, y));
};

/** a^b. In ONNX Runtime 1^NaN is 1. */
export const power: Binary = (graph, a, b) =>
  graph.add("Where", [graph.add("IsNaN", [b]), b, graph.add("Pow", [a, b])]);

/** Whether x - x is 0, and not NaN. */
export const isFinite: Unary = (graph, x) => graph.add("Equal", [sub(graph, x, x), graph.scalar(0)]);
