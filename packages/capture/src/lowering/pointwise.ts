import type { GraphBuilder } from "../onnx/graph-builder.ts";
import { applyElementwise, elementwise } from "./elementwise.ts";
import type { Formula } from "./elementwise.ts";
import {
  clip,
  elu,
  eluCurvature,
  eluSlope,
  exp,
  expMinusOne,
  isFinite,
  logOnePlus,
  mul,
  plus,
  positive,
  power,
  relu,
  reluSlope,
  softplus,
  sub,
  tanh,
  tanhSlope,
  times,
} from "./formulas.ts";
import type { Lowering } from "./lowering.ts";

const one =
  (operation: string): Formula =>
  (graph, x) =>
    graph.add(operation, [x!]);
const two =
  (operation: string): Formula =>
  (graph, a, b) =>
    graph.add(operation, [a!, b!]);
const three =
  (operation: string): Formula =>
  (graph, a, b, c) =>
    graph.add(operation, [a!, b!, c!]);

/** t where the condition holds, else e. ONNX Runtime has no Where of truths. */
const eitherTruth: Formula = (graph, condition, t, e) =>
  graph.add("Or", [
    graph.add("And", [condition!, t!]),
    graph.add("And", [graph.add("Not", [condition!]), e!]),
  ]);

const comparison = (operation: string): Lowering => elementwise(["a", "b"], two(operation));

type OfX = (graph: GraphBuilder, x: string) => string;
/** A function f of this project. */
const ofX = (f: OfX): Lowering => elementwise(["x"], (graph, x) => f(graph, x!));
/** dy f(x). */
const timesOfX = (f: OfX): Lowering =>
  elementwise(["dy", "x"], (graph, dy, x) => mul(graph, dy!, f(graph, x!)));
/** The slope from the value, which the forward pass computed and the gradient of the next layer needs, so that x itself can go. */
const slopeOfRelu: OfX = (graph, x) => reluSlope(graph, relu(graph, x));
const cos: OfX = (graph, x) => graph.add("Cos", [x]);

/** a + b and the like, where adding 0 or multiplying by 1 is left out. An array that only repeats another is not written out. */
function withNeutral(operation: string, neutral: number, sides: readonly ("a" | "b")[]): Lowering {
  const plainly = elementwise(["a", "b"], two(operation));
  return (call, scope) => {
    for (const side of sides) {
      if (scope.uniform(call.input(side)) !== neutral) continue;
      const other = call.input(side === "a" ? "b" : "a");
      applyElementwise([other], call, scope, (_, x) => x!);
      return;
    }
    plainly(call, scope);
  };
}

/** The kernels that treat every entry alike, and broadcast. */
export const pointwiseLowerings: Readonly<Record<string, Lowering>> = {
  Abs: elementwise(["x"], one("Abs")),
  Add: withNeutral("Add", 0, ["a", "b"]),
  AddN: (call, scope) =>
    applyElementwise(call.list, call, scope, (graph, ...terms) =>
      terms.length === 1 ? terms[0]! : graph.add("Sum", terms),
    ),
  Ceil: elementwise(["x"], one("Ceil")),
  ClipByValue: (call, scope) => {
    const { clipValueMin, clipValueMax } = call.attributes as Record<string, number>;
    applyElementwise([call.input("x")], call, scope, (graph, x) =>
      clip(graph, x!, clipValueMin!, clipValueMax!),
    );
  },
  Cos: elementwise(["x"], one("Cos")),
  Elu: elementwise(["x"], (graph, x) => elu(graph, x!)),
  Equal: comparison("Equal"),
  Erf: elementwise(["x"], one("Erf")),
  Exp: elementwise(["x"], (graph, x) => exp(graph, x!)),
  Expm1: elementwise(["x"], (graph, x) => expMinusOne(graph, x!)),
  Floor: elementwise(["x"], one("Floor")),
  Greater: comparison("Greater"),
  GreaterEqual: comparison("GreaterOrEqual"),
  InvertibleClip: (call, scope) => {
    const { low, high } = call.attributes as Record<string, number>;
    applyElementwise([call.input("x")], call, scope, (graph, x) => clip(graph, x!, low!, high!));
  },
  InvertibleMaximum: elementwise(["a", "b"], two("Max")),
  InvertibleMinimum: elementwise(["a", "b"], two("Min")),
  IsFinite: elementwise(["x"], (graph, x) => isFinite(graph, x!)),
  Less: comparison("Less"),
  LessEqual: comparison("LessOrEqual"),
  Log: elementwise(["x"], one("Log")),
  Log1p: elementwise(["x"], (graph, x) => logOnePlus(graph, x!)),
  LogicalAnd: comparison("And"),
  LogicalNot: elementwise(["x"], one("Not")),
  LogicalOr: comparison("Or"),
  Maximum: elementwise(["a", "b"], two("Max")),
  Minimum: elementwise(["a", "b"], two("Min")),
  Multiply: withNeutral("Mul", 1, ["a", "b"]),
  Neg: elementwise(["x"], one("Neg")),
  NotEqual: elementwise(["a", "b"], (graph, a, b) => graph.add("Not", [graph.add("Equal", [a!, b!])])),
  Pow: elementwise(["a", "b"], (graph, a, b) => power(graph, a!, b!)),
  RealDiv: withNeutral("Div", 1, ["b"]),
  Reciprocal: elementwise(["x"], one("Reciprocal")),
  Relu: elementwise(["x"], one("Relu")),
  Round: elementwise(["x"], one("Round")),
  Rsqrt: elementwise(["x"], (graph, x) => graph.add("Reciprocal", [graph.add("Sqrt", [x!])])),
  Select: (call, scope) => {
    const uses = ["condition", "t", "e"].map((name) => call.input(name));
    const choose = call.output.array.dtype === "bool" ? eitherTruth : three("Where");
    applyElementwise(uses, call, scope, choose);
  },
  Sign: elementwise(["x"], one("Sign")),
  Sin: elementwise(["x"], one("Sin")),
  Softplus: elementwise(["x"], (graph, x) => softplus(graph, x!)),
  Sqrt: elementwise(["x"], one("Sqrt")),
  Square: elementwise(["x"], (graph, x) => mul(graph, x!, x!)),
  SquaredDifference: elementwise(["a", "b"], (graph, a, b) => {
    const difference = sub(graph, a!, b!);
    return mul(graph, difference, difference);
  }),
  Step: (call, scope) => {
    const alpha = (call.attributes["alpha"] as number | undefined) ?? 0;
    applyElementwise([call.input("x")], call, scope, (graph, x) => {
      const step = positive(graph, x!);
      if (alpha === 0) return step;
      return plus(graph, times(graph, 1 - alpha, step), alpha);
    });
  },
  Sub: withNeutral("Sub", 0, ["b"]),
  Tanh: elementwise(["x"], one("Tanh")),
  InvertibleCos: ofX(cos),
  InvertibleCosTimes: timesOfX(cos),
  InvertibleElu: ofX(elu),
  InvertibleEluDerivative: ofX(eluSlope),
  InvertibleEluDerivativeTimes: timesOfX(eluSlope),
  InvertibleEluSecondDerivativeTimes: timesOfX(eluCurvature),
  InvertibleExp: ofX(exp),
  InvertibleExpTimes: timesOfX(exp),
  InvertibleExpm1: ofX(expMinusOne),
  InvertiblePositive: ofX(slopeOfRelu),
  InvertiblePositiveTimes: timesOfX(slopeOfRelu),
  InvertibleRelu: ofX(relu),
  InvertibleSin: elementwise(["x"], one("Sin")),
  InvertibleSoftplus: ofX(softplus),
  InvertibleTanh: ofX(tanh),
  InvertibleTanhDerivative: ofX(tanhSlope),
  InvertibleTanhDerivativeTimes: timesOfX(tanhSlope),
};
