import { createRandom, dispose, memory, mul, tensor, tidy } from "@invertible/ops";
import type { Shape } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { beforeAll, describe, expect, it } from "vitest";
import { cappedConv2d, cappedDense, inducedNorm, plainConv2d, plainDense } from "../index.ts";
import type { PlainOperator } from "../index.ts";
import { singularValuesOf, unroll } from "../../test-support/unrolled.ts";

const random = createRandom(21);

const dense = ([inputs, outputs]: readonly [number, number]): [string, () => PlainOperator] => [
  `plainDense ${inputs} -> ${outputs}`,
  () => plainDense({ inputs, outputs, random }),
];
const convolution = ([inputShape, outputs, kernelSize, stride]: readonly [Shape, number, number, 1 | 2]): [
  string,
  () => PlainOperator,
] => [
  `plainConv2d [${inputShape}] -> ${outputs}, ${kernelSize}x${kernelSize}, stride ${stride}`,
  () => plainConv2d({ inputShape, outputs, kernelSize, stride, random }),
];
const table = [
  ...[[1, 1] as const, [7, 1] as const, [1, 7] as const, [40, 40] as const, [10, 48] as const].map(dense),
  ...(
    [
      [[6, 6, 3], 4, 3, 1],
      [[6, 5, 2], 2, 5, 2],
      [[5, 5, 3], 3, 1, 1],
      [[5, 6, 2], 2, 4, 1],
    ] as const
  ).map(convolution),
];

describe.each(["cpu", "wasm"] as const)("operators that nothing limits, on %s", (backend) => {
  beforeAll(() => startBackend(backend));

  describe.each(table)("%s", (_, build) => {
    it("has the norm that the weight gives it, however large, and proves it to 1e-5", async () => {
      const operator = build();
      const { weight } = operator.parameters;
      expect(operator).toMatchObject({ coefficient: Infinity, domain: 2, codomain: 2, state: {} });
      for (const scale of [1, 1e-3, 1e4]) {
        tidy(() => weight.assign(mul(weight, scale)));
        const before = Float32Array.from(await weight.data());
        const norm = (await singularValuesOf(operator.bind()))[0]!;
        const { bound } = await operator.certify();
        expect(bound).toBeGreaterThanOrEqual(norm * (1 - 1e-6)); // float32 in the unrolled matrix
        expect(bound).toBeLessThanOrEqual(norm * (1 + 2e-5));
        await operator.enforce();
        await operator.refresh({ tolerance: 1e-3 });
        expect(Float32Array.from(await weight.data())).toEqual(before);
      }
      const matrix = await unroll(operator.bind());
      const { bound } = await operator.certify({ domain: 1, codomain: 1 });
      // The unrolled matrix is the transpose, whose norm in l_infinity is that of the operator in l_1.
      const largestColumn = inducedNorm(matrix, Infinity, Infinity);
      expect(bound / largestColumn).toBeCloseTo(1, 5);
      dispose(weight);
    });

    it("leaks nothing", async () => {
      const before = memory().numTensors;
      const operator = build();
      expect(memory().numTensors).toBe(before + 1);
      const x = random.normal([2, ...operator.inputShape]);
      dispose([tidy(() => operator.bind().apply(x)), x]);
      await operator.refresh({ iterations: 2 });
      await operator.certify();
      await operator.enforce();
      expect(memory().numTensors).toBe(before + 1);
      dispose(operator.parameters.weight);
    });
  });

  it("start with the weights of their capped namesakes", async () => {
    const [coefficient, kernel] = [0.9, { inputShape: [4, 4, 2], outputs: 3, kernelSize: 3, random }];
    const matrix = { inputs: 5, outputs: 4, random };
    for (const [plain, capped] of [
      [plainDense(matrix), cappedDense({ ...matrix, coefficient })],
      [plainConv2d(kernel), cappedConv2d({ ...kernel, coefficient })],
    ] as const) {
      expect(await plain.parameters.weight.data()).toEqual(await capped.parameters.weight.data());
      dispose([plain.parameters.weight, capped.parameters.weight, ...Object.values(capped.state)]);
    }
  });

  it("multiply by the weight itself", async () => {
    const operator = plainDense({ inputs: 2, outputs: 2, random });
    tidy(() =>
      operator.parameters.weight.assign(
        tensor([
          [3, 40],
          [0, -500],
        ]),
      ),
    );
    const y = tidy(() => operator.bind().apply(tensor([[1, 2]])));
    expect([...(await y.data())]).toEqual([3, -960]);
    dispose([y, operator.parameters.weight]);
  });

  it("refuse options that do not fit, a coefficient among them", () => {
    expect(() => plainDense({ inputs: 0, outputs: 1, random })).toThrow("plainDense: inputs: expected");
    expect(() => plainDense({ inputs: 1, outputs: 1, random, coefficient: 1 } as never)).toThrow(
      'plainDense: expected options among inputs, outputs, random, received "coefficient"',
    );
    expect(() => plainConv2d({ inputShape: [4, 4], outputs: 1, kernelSize: 3, random })).toThrow(
      "plainConv2d: inputShape: expected [H, W, channels]",
    );
  });
});
