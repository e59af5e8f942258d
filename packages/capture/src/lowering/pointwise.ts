import type { Shape } from "@invertible/ops";
import type { GraphBuilder } from "../onnx/graph-builder.ts";
import type { LoweredCall, Lowering } from "./lowering.ts";
import type { Scope } from "./scope.ts";
import type { Use } from "../trace/recording.ts";

type Formula = (graph: GraphBuilder, ...operands: readonly string[]) => string;

/** A kernel that treats every entry alike. Arrays whose channels come first stay so. */
function pointwise(names: readonly string[], formula: Formula): Lowering {
  return (call, scope) =>
    applyPointwise(
      names.map((name) => call.input(name)),
      call,
      scope,
      formula,
    );
}

function applyPointwise(uses: readonly Use[], { output }: LoweredCall, scope: Scope, formula: Formula): void {
  const channelsFirst = uses.some((use) => sameShape(use.shape, output.shape) && scope.isChannelsFirst(use));
  const operands = uses.map((use) => scope.operand(use, channelsFirst));
  const name = formula(scope.graph, ...operands.map((operand) => operand.name));
  if (channelsFirst) scope.place(output, name, { imageShape: output.shape });
  else scope.place(output, name, { actual: broadcast(operands.map(({ actual }) => actual)) });
}

function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}

function broadcast(shapes: readonly Shape[]): Shape {
  const rank = Math.max(...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, axis) => {
    const sizes = shapes.map((shape) => shape[axis - (rank - shape.length)] ?? 1);
    return sizes.find((size) => size !== 1) ?? 1;
  });
}

const one =
  (operation: string): Formula =>
  (graph, x) =>
    graph.add(operation, [x!]);
const two =
  (operation: string): Formula =>
  (graph, a, b) =>
    graph.add(operation, [a!, b!]);
const add = (graph: GraphBuilder, a: string, b: string) => graph.add("Add", [a, b]);
const sub = (graph: GraphBuilder, a: string, b: string) => graph.add("Sub", [a, b]);
const mul = (graph: GraphBuilder, a: string, b: string) => graph.add("Mul", [a, b]);
const div = (graph: GraphBuilder, a: string, b: string) => graph.add("Div", [a, b]);
const exp = (graph: GraphBuilder, x: string) => graph.add("Exp", [x]);
const neg = (graph: GraphBuilder, x: string) => graph.add("Neg", [x]);

/** 1 / (1 + e^-x). The operation Sigmoid of ONNX Runtime is constant below -18. */
const sigmoid = (graph: GraphBuilder, x: string) =>
  graph.add("Reciprocal", [add(graph, exp(graph, neg(graph, x)), graph.scalar(1))]);

/** log(1 + e), without cancellation: log(u) - ((u - 1) - e) / u for u = 1 + e. */
const logOnePlus = (graph: GraphBuilder, e: string) => {
  const u = add(graph, e, graph.scalar(1));
  const lost = sub(graph, sub(graph, u, graph.scalar(1)), e);
  return sub(graph, graph.add("Log", [u]), div(graph, lost, u));
};

/** max(x, 0) + log(1 + e^-|x|). The operation Softplus is many times as slow. */
const softplus = (graph: GraphBuilder, x: string) =>
  add(graph, graph.add("Relu", [x]), logOnePlus(graph, exp(graph, neg(graph, graph.add("Abs", [x])))));

/** tanh(x/2) (e^x + 1), which does not cancel near 0. */
const expMinusOne = (graph: GraphBuilder, x: string) =>
  mul(
    graph,
    graph.add("Tanh", [mul(graph, x, graph.scalar(0.5))]),
    add(graph, exp(graph, x), graph.scalar(1)),
  );

/** e^min(x, 0), the slope of ELU, which its value and its curvature contain too. */
const eluSlope = (graph: GraphBuilder, x: string) => exp(graph, graph.add("Min", [x, graph.scalar(0)]));

/** Relu(x) + e^min(x, 0) - 1. The operation Elu is four times as slow. */
const elu = (graph: GraphBuilder, x: string) =>
  sub(graph, add(graph, graph.add("Relu", [x]), eluSlope(graph, x)), graph.scalar(1));

/** 1 for x > 0, else 0, and NaN for NaN. */
const positive = (graph: GraphBuilder, x: string) => graph.add("Sign", [graph.add("Relu", [x])]);

/** e^x for x <= 0, else 0: the slope is 1 where x > 0. */
const eluCurvature = (graph: GraphBuilder, x: string) => sub(graph, eluSlope(graph, x), positive(graph, x));

const comparison = (operation: string): Lowering =>
  pointwise(["a", "b"], (graph, a, b) => graph.add(operation, [a!, b!]));

/** x and dy f(x), for a function f of this project. */
function functionAndTimes(name: string, formula: (graph: GraphBuilder, x: string) => string) {
  return {
    [`Invertible${name}`]: pointwise(["x"], (graph, x) => formula(graph, x!)),
    [`Invertible${name}Times`]: pointwise(["dy", "x"], (graph, dy, x) => mul(graph, dy!, formula(graph, x!))),
  };
}

const clip = (graph: GraphBuilder, x: string, low: number, high: number) =>
  graph.add("Min", [graph.add("Max", [x, graph.scalar(low)]), graph.scalar(high)]);

/** a + b and the like, where adding 0 or multiplying by 1 is left out. An array that only repeats another is not written out. */
function withNeutral(operation: string, neutral: number, sides: readonly ("a" | "b")[]): Lowering {
  const plainly = pointwise(["a", "b"], two(operation));
  return (call, scope) => {
    for (const side of sides) {
      if (scope.uniform(call.input(side)) !== neutral) continue;
      const other = call.input(side === "a" ? "b" : "a");
      applyPointwise([other], call, scope, (_, x) => x!);
      return;
    }
    plainly(call, scope);
  };
}

/** The kernels that treat every entry alike, and broadcast. */
export const pointwiseLowerings: Readonly<Record<string, Lowering>> = {
  Abs: pointwise(["x"], one("Abs")),
  Add: withNeutral("Add", 0, ["a", "b"]),
  AddN: (call, scope) =>
    applyPointwise(call.list, call, scope, (graph, ...terms) =>
      terms.length === 1 ? terms[0]! : graph.add("Sum", terms),
    ),
  Ceil: pointwise(["x"], one("Ceil")),
  ClipByValue: (call, scope) => {
    const { clipValueMin, clipValueMax } = call.attributes as Record<string, number>;
    applyPointwise([call.input("x")], call, scope, (graph, x) =>
      clip(graph, x!, clipValueMin!, clipValueMax!),
    );
  },
  Cos: pointwise(["x"], one("Cos")),
  Elu: pointwise(["x"], (graph, x) => elu(graph, x!)),
  Equal: comparison("Equal"),
  Erf: pointwise(["x"], one("Erf")),
  Exp: pointwise(["x"], (graph, x) => exp(graph, x!)),
  Expm1: pointwise(["x"], (graph, x) => expMinusOne(graph, x!)),
  Floor: pointwise(["x"], one("Floor")),
  Greater: comparison("Greater"),
  GreaterEqual: comparison("GreaterOrEqual"),
  InvertibleClip: (call, scope) => {
    const { low, high } = call.attributes as Record<string, number>;
    applyPointwise([call.input("x")], call, scope, (graph, x) => clip(graph, x!, low!, high!));
  },
  InvertibleMaximum: pointwise(["a", "b"], two("Max")),
  InvertibleMinimum: pointwise(["a", "b"], two("Min")),
  Less: comparison("Less"),
  LessEqual: comparison("LessOrEqual"),
  Log: pointwise(["x"], one("Log")),
  Log1p: pointwise(["x"], (graph, x) => logOnePlus(graph, x!)),
  LogicalAnd: comparison("And"),
  LogicalNot: pointwise(["x"], one("Not")),
  LogicalOr: comparison("Or"),
  Maximum: pointwise(["a", "b"], two("Max")),
  Minimum: pointwise(["a", "b"], two("Min")),
  Multiply: withNeutral("Mul", 1, ["a", "b"]),
  Neg: pointwise(["x"], one("Neg")),
  NotEqual: pointwise(["a", "b"], (graph, a, b) => graph.add("Not", [graph.add("Equal", [a!, b!])])),
  Pow: pointwise(["a", "b"], two("Pow")),
  RealDiv: withNeutral("Div", 1, ["b"]),
  Reciprocal: pointwise(["x"], one("Reciprocal")),
  Relu: pointwise(["x"], one("Relu")),
  Rsqrt: pointwise(["x"], (graph, x) => graph.add("Reciprocal", [graph.add("Sqrt", [x!])])),
  Select: pointwise(["condition", "t", "e"], (graph, condition, t, e) =>
    graph.add("Where", [condition!, t!, e!]),
  ),
  Sigmoid: pointwise(["x"], (graph, x) => sigmoid(graph, x!)),
  Sign: pointwise(["x"], one("Sign")),
  Sin: pointwise(["x"], one("Sin")),
  Softplus: pointwise(["x"], (graph, x) => softplus(graph, x!)),
  Sqrt: pointwise(["x"], one("Sqrt")),
  Square: pointwise(["x"], (graph, x) => mul(graph, x!, x!)),
  SquaredDifference: pointwise(["a", "b"], (graph, a, b) => {
    const difference = sub(graph, a!, b!);
    return mul(graph, difference, difference);
  }),
  Step: (call, scope) => {
    const alpha = (call.attributes["alpha"] as number | undefined) ?? 0;
    applyPointwise([call.input("x")], call, scope, (graph, x) => {
      const step = positive(graph, x!);
      if (alpha === 0) return step;
      return add(graph, mul(graph, step, graph.scalar(1 - alpha)), graph.scalar(alpha));
    });
  },
  Sub: withNeutral("Sub", 0, ["b"]),
  Tanh: pointwise(["x"], one("Tanh")),
  ...functionAndTimes("Exp", exp),
  ...functionAndTimes("Sin", (graph, x) => graph.add("Sin", [x])),
  ...functionAndTimes("Cos", (graph, x) => graph.add("Cos", [x])),
  ...functionAndTimes("Elu", elu),
  ...functionAndTimes("EluDerivative", eluSlope),
  ...functionAndTimes("EluSecondDerivative", eluCurvature),
  ...functionAndTimes("Relu", (graph, x) => graph.add("Relu", [x])),
  ...functionAndTimes("Positive", positive),
  ...functionAndTimes("Sigmoid", sigmoid),
  ...functionAndTimes("Softplus", softplus),
};
