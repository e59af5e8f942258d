import * as ops from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { describe, expect, it } from "vitest";
import { derivativeCases } from "../../../ops/test-support/derivative-cases.ts";
import type { DerivativeCase } from "../../../ops/test-support/derivative-check.ts";
import { difference, runBoth } from "../../test-support/compare-with-cpu.ts";
import type { RuntimeArray } from "../runtime/runtime.ts";

/**
 * f, and the first two derivatives of the sum of w (f^3 / 3 + f): grad g, and grad <v, grad g>. The cube gives linear maps a second
 * derivative, and every f two paths to its input.
 */
function withDerivatives({ f, inputs }: DerivativeCase) {
  return (...given: Tensor[]) => {
    const [xs, vs] = [given.slice(0, inputs.length), given.slice(inputs.length)];
    const objective = (...at: Tensor[]) => {
      const y = ops.reshape(f(...at), [-1]);
      const weights = ops.tensor(Array.from({ length: y.size }, (_, i) => ((i * 5) % 7) / 3 - 0.9));
      return ops.sum(ops.mul(weights, ops.add(ops.div(ops.mul(y, ops.mul(y, y)), 3), y)));
    };
    const along = (...at: Tensor[]) =>
      ops.addN(ops.gradients(objective, at).map((slope, i) => ops.sum(ops.mul(slope, vs[i]!))));
    return [f(...xs), ...ops.gradients(objective, xs), ...ops.gradients(along, xs)];
  };
}

const random = ops.createRandom(2);

function inputsOf({ name, inputs }: DerivativeCase): RuntimeArray[] {
  const of = (part: string, low?: number, high?: number) =>
    inputs.map(({ shape, ...interval }, i): RuntimeArray => {
      const [from, to] = [low ?? interval.low, high ?? interval.high];
      const uniform = random.fold(name).fold(part).fold(i).uniformArray(ops.sizeOf(shape));
      return { dtype: "float32", shape, data: uniform.map((u) => from + (to - from) * u) };
    });
  return [...of("x"), ...of("v", -1, 1)];
}

/** Rounding that passes through two reverse passes, of the largest entry: cubes and squares of numbers up to 10 are added. */
const rounding = { ofLargest: 5e-6, absolute: 1e-6 };

describe("every differentiable operation with its first two derivatives", () => {
  it.each(derivativeCases)("$name", async (derivativeCase) => {
    const [task, inputs] = [withDerivatives(derivativeCase), inputsOf(derivativeCase)];
    await startBackend("cpu");
    const onCpu = await runBoth(task, inputs);
    await startBackend("wasm");
    const onWasm = await runBoth(task, inputs);
    const differences = onCpu.expected.flatMap((expected, i) => [
      difference(expected, onCpu.received[i]!, rounding) ?? [],
      difference(expected, onWasm.received[i]!, rounding) ?? [],
    ]);
    expect(differences.flat()).toEqual([]);
  });
});
