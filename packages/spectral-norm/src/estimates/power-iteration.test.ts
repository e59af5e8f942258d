import { conv2d, createRandom, dense, dispose, memory, tensor, zeros } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { beforeAll, describe, expect, it } from "vitest";
import { demandClose, readGolden } from "../../../../tools/golden.ts";
import type { Tolerance } from "../../../../tools/golden.ts";
import { operatorNorm, powerIteration } from "../index.ts";

beforeAll(() => startBackend("wasm"));

interface Golden {
  readonly case: string;
  readonly inputs: {
    kernel: number[][][][];
    inputShape: number[];
    stride: 1 | 2;
    x: number[][][][];
    v0: number[][][][];
  };
  readonly expected: {
    y: unknown;
    adjoint_of_y: unknown;
    operator_norms: Record<string, number>;
    power_iteration_sigma_from_v0: Record<string, number>;
  };
  readonly tolerance: Tolerance;
}
const cases = readGolden<Golden>("conv_operator_norm");

const sigmaAfter = async (
  operator: Parameters<typeof powerIteration>[0],
  v0: Parameters<typeof powerIteration>[1],
  n: number,
) => {
  const { u, v, sigma } = powerIteration(operator, v0, n);
  const value = (await sigma.data())[0]!;
  dispose([u, v, sigma]);
  return value;
};

describe("powerIteration and operatorNorm against the golden file", () => {
  it.each(cases.map((golden) => [golden.case, golden] as const))("%s", async (_, golden) => {
    const { inputs, expected, tolerance } = golden;
    const operator = conv2d(tensor(inputs.kernel), {
      inputShape: inputs.inputShape,
      stride: inputs.stride,
    });
    const y = operator.apply(tensor(inputs.x));
    demandClose(await y.data(), expected.y, tolerance, "y");
    demandClose(await operator.adjoint(y).data(), expected.adjoint_of_y, tolerance, "adjoint of y");

    const v0 = tensor(inputs.v0);
    for (const [n, sigma] of Object.entries(expected.power_iteration_sigma_from_v0))
      demandClose(
        [await sigmaAfter(operator, v0, Number(n))],
        sigma,
        tolerance,
        `sigma after ${n} iterations`,
      );

    const found = await operatorNorm(operator, v0, { tolerance: 1e-7 });
    expect(found.converged).toBe(true);
    demandClose([found.norm], expected.operator_norms["2->2"], tolerance, "norm");
  });
});

describe("powerIteration", () => {
  it("leaves v unchanged where A v = 0, so that a zero weight can grow later", async () => {
    const v0 = tensor([[0.6, -0.8]]);
    const { u, v, sigma } = powerIteration(dense(zeros([2, 3])), v0, 4);
    expect(Array.from(await u.data())).toEqual([0, 0, 0]);
    demandClose(await v.data(), [0.6, -0.8], { abs: 1e-6, rel: 0 });
    expect((await sigma.data())[0]).toBe(0);
  });

  it("leaves no tensor but its result", () => {
    const operator = dense(createRandom(1).normal([4, 5]));
    const v0 = createRandom(2).normal([1, 4]);
    const before = memory().numTensors;
    dispose(Object.values(powerIteration(operator, v0, 3)));
    expect(memory().numTensors).toBe(before);
  });

  it.each([0, 1.5, NaN])("refuses %s iterations", (iterations) => {
    expect(() => powerIteration(dense(zeros([2, 2])), zeros([1, 2]), iterations)).toThrow(
      `powerIteration: iterations: expected a positive integer, received ${iterations}`,
    );
  });
});

describe("operatorNorm", () => {
  it("needs far fewer products than power iteration where singular values lie close together", async () => {
    const kernel = createRandom(3).uniform([3, 3, 1, 8], -1 / 3, 1 / 3);
    const operator = conv2d(kernel, { inputShape: [28, 28, 1] });
    const v0 = createRandom(4).normal([1, 28, 28, 1]);
    const found = await operatorNorm(operator, v0, { tolerance: 1e-6 });
    const plain = await sigmaAfter(operator, v0, found.iterations);
    const longer = await sigmaAfter(operator, v0, 2000);
    expect(found.iterations).toBeLessThan(100);
    expect(Math.abs(found.norm / longer - 1)).toBeLessThan(1e-5);
    expect(1 - plain / found.norm).toBeGreaterThan(1e-4);
  });

  // The start is exact in float32, so that no rounding error leads away from it.
  it.each([
    ["the whole space at once", 20],
    ["Lanczos", 160],
  ])("escapes a start at a lower singular vector, by %s", async (_, size) => {
    const unit = (i: number) => Array.from({ length: size }, (_, j) => (i === j ? 1 : 0));
    const diagonal = Array.from({ length: size }, (_, i) => unit(i).map((x) => x * ([1, 2, 3][i] ?? 1)));
    const operator = dense(tensor(diagonal));
    const second = tensor([unit(1)]);
    expect(await sigmaAfter(operator, second, 30)).toBe(2);
    const found = await operatorNorm(operator, second, { tolerance: 1e-6 });
    expect(found.norm).toBeCloseTo(3, 5);
    dispose(found.v);
  });

  it("says when it has not converged, and names NaN weights", async () => {
    const operator = conv2d(createRandom(5).normal([3, 3, 2, 2]), { inputShape: [9, 9, 2] });
    const start = createRandom(6).normal([1, 9, 9, 2]);
    const before = memory().numTensors;
    const found = await operatorNorm(operator, start, { tolerance: 1e-6, maxIterations: 13 });
    expect(found).toMatchObject({ converged: false, iterations: 13 });
    dispose(found.v);
    const [broken, v0] = [tensor([[NaN, 1]]), tensor([[1]])];
    await expect(operatorNorm(dense(broken), v0, { tolerance: 1e-3 })).rejects.toThrow(
      "expected finite weights",
    );
    dispose([broken, v0]);
    expect(memory().numTensors).toBe(before);
  });
});
