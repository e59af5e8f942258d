import { initialise, solveInverse } from "@invertible/bijection";
import { ShapeError } from "@invertible/errors";
import { dispose, zeros } from "@invertible/ops";
import type { Shape, Tensor } from "@invertible/ops";
import { demand } from "../../law-violation.ts";
import type { Law } from "../../law.ts";

export const wrongShapesLaw = {
  name: "wrong shapes",
  statement: "a batch of the wrong shape is a ShapeError naming layer, argument, expected and received shape",
  async check(trial) {
    const { bijection, call } = trial;
    const { inputShape, outputShape, traits } = bijection;
    const calls: [argument: "x" | "y", shape: Shape, run: (input: Tensor) => unknown][] = [
      ["x", inputShape, (x) => bijection.forward(x, call())],
      ["x", inputShape, (x) => initialise(bijection, x, call())],
    ];
    if (traits.logDet !== "none") calls.push(["x", inputShape, (x) => bijection.forwardAndLogDet(x, call())]);
    const { starter, solver } = bijection;
    if (starter) calls.push(["x", inputShape, (x) => starter.start(x, call())]);
    if (solver) calls.push(["y", outputShape, (y) => solver.solve(y, call())]);
    if (traits.inverse !== "none") {
      calls.push(
        ["y", outputShape, (y) => bijection.inverse(y, call())],
        ["y", outputShape, (y) => solveInverse(bijection, y, call())],
      );
      if (traits.logDet !== "none")
        calls.push(["y", outputShape, (y) => bijection.inverseAndLogDet(y, call())]);
    }
    for (const [argument, shape, run] of calls)
      for (const wrong of wrongShapes(shape)) {
        const input = zeros([...wrong]);
        const error = await rejection(() => run(input));
        dispose(input);
        demand(
          ShapeError.is(error),
          `${argument} of [${wrong.join(", ")}]: expected a ShapeError, received ${String(error)}`,
        );
        for (const part of [
          bijection.name,
          ` ${argument}`,
          `[${["B", ...shape].join(", ")}]`,
          `[${wrong.join(", ")}]`,
        ])
          demand(
            error.message.includes(part),
            `${argument} of [${wrong.join(", ")}]: expected a message with "${part}", received "${error.message}"`,
          );
      }
  },
} as const satisfies Law;

/** Batches that do not fit: each axis too long, one axis too many, the batch axis missing. */
function wrongShapes(shape: Shape): Shape[] {
  const longer = shape.map((_, axis) => [3, ...shape.map((n, i) => (i === axis ? n + 1 : n))]);
  return [...longer, [3, 1, ...shape], [...shape]];
}

async function rejection(call: () => unknown): Promise<unknown> {
  try {
    await call();
    return "no error";
  } catch (error) {
    return error;
  }
}
