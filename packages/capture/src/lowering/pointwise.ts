import type { GraphBuilder } from "../onnx/graph-builder.ts";
import { applyElementwise, elementwise } from "./elementwise.ts";
import type { Formula } from "./elementwise.ts";
import {
  add,
  clip,
  elu,
  eluCurvature,
  eluSlope,
  exp,
  expMinusOne,
  logOnePlus,
  mul,
  plus,
  positive,
  power,
  relu,
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

const comparison = (operation: string): Lowering => elementwise(["a", "b"], two(operation));

/** x and dy f(x), for a function f of this project. */
function functionAndTimes(name: string, formula: (graph: GraphBuilder, x: string) => string) {
  return {
    [`Invertible${name}`]: elementwise(["x"], (graph, x) => formula(graph, x!)),
    [`Invertible${name}Times`]: elementwise(["dy", "x"], (graph, dy, x) =>
      mul(graph, dy!, formula(graph, x!)),
    ),
  };
}

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
  IsFinite: elementwise(["x"], (graph, x) =>
    // The difference is NaN for infinities too.
    graph.add("Equal", [sub(graph, x!, x!), graph.scalar(0)]),
  ),
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
  Rsqrt: elementwise(["x"], (graph, x) => graph.add("Reciprocal", [graph.add("Sqrt", [x!])])),
  Select: elementwise(["condition", "t", "e"], (graph, condition, t, e) =>
    graph.add("Where", [condition!, t!, e!]),
  ),
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
  ...functionAndTimes("Exp", exp),
  ...functionAndTimes("Sin", (graph, x) => graph.add("Sin", [x])),
  ...functionAndTimes("Cos", (graph, x) => graph.add("Cos", [x])),
  ...functionAndTimes("Elu", elu),
  ...functionAndTimes("EluDerivative", eluSlope),
  ...functionAndTimes("EluSecondDerivative", eluCurvature),
  ...functionAndTimes("Relu", relu),
  ...functionAndTimes("Positive", positive),
  ...functionAndTimes("Softplus", softplus),
  ...functionAndTimes("Tanh", tanh),
  ...functionAndTimes("TanhDerivative", tanhSlope),
  ...functionAndTimes("Expm1", expMinusOne),
};
