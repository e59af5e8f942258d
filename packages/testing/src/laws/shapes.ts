import { initialise, solveInverse } from "@invertible/bijection";
import { ShapeError } from "@invertible/errors";
import { dispose, zeros } from "@invertible/ops";
import type { Shape, Tensor } from "@invertible/ops";
import { directions } from "../trial/direction.ts";
import { demand } from "../law-violation.ts";
import type { Law } from "../law.ts";
import { bitEqual, demandFinite, numbersOf } from "../measures/numbers.ts";

function demandShape(what: string, tensor: Tensor, shape: Shape): void {
  const same = tensor.rank === shape.length && tensor.shape.every((n, i) => n === shape[i]);
  demand(same, `${what}: expected [${shape.join(", ")}], received [${tensor.shape.join(", ")}]`);
}

export const shapesLaw = {
  name: "shapes",
  statement:
    "results have the declared shapes and finite numbers for every batch size; a result is not its input",
  async check(trial) {
    for (const direction of directions(trial))
      for (const batch of [1, 2, 5]) {
        const input = direction.sample(batch, trial.random.fold("shapes").fold(batch));
        demandShape(`the sample for ${direction.name}`, input, [batch, ...direction.fromShape]);
        const before = await numbersOf(input);
        const { value, logDet } = direction.both(input, trial.call());
        demandShape(`${direction.name}'s value`, value, [batch, ...direction.toShape]);
        demandShape(`${direction.name}'s logDet`, logDet, [batch]);
        demandFinite(`${direction.name}'s value`, await numbersOf(value));
        demandFinite(`${direction.name}'s logDet`, await numbersOf(logDet));
        demand(value !== input, `${direction.name}: expected a tensor of its own, received its input`);
        dispose([value, logDet]);
        demand(!input.isDisposed, `${direction.name}: expected the input to outlive the result`);
        demand(
          bitEqual(await numbersOf(input), before),
          `${direction.name}: expected an input left as it was`,
        );
        dispose(input);
      }
  },
} as const satisfies Law;

export const wrongShapesLaw = {
  name: "wrong shapes",
  statement: "a batch of the wrong shape is a ShapeError naming layer, argument, expected and received shape",
  async check(trial) {
    const { bijection, call } = trial;
    const { inputShape, outputShape } = bijection;
    const calls: [argument: "x" | "y", shape: Shape, run: (input: Tensor) => unknown][] = [
      ["x", inputShape, (x) => bijection.forward(x, call())],
      ["x", inputShape, (x) => bijection.forwardAndLogDet(x, call())],
      ["x", inputShape, (x) => initialise(bijection, x, call())],
    ];
    if (bijection.traits.inverse !== "none")
      calls.push(
        ["y", outputShape, (y) => bijection.inverse(y, call())],
        ["y", outputShape, (y) => bijection.inverseAndLogDet(y, call())],
        ["y", outputShape, (y) => solveInverse(bijection, y, call())],
      );
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
