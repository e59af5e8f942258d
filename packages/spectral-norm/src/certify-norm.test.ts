import { NonFiniteError, UnsupportedError } from "@invertible/errors";
import {
  conv2d,
  createRandom,
  dense,
  depthwiseConv2d,
  dispose,
  memory,
  mul,
  tensor,
  transpose64,
} from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { beforeAll, describe, expect, it } from "vitest";
import { demandClose, readGolden } from "../../../tools/golden.ts";
import type { Tolerance } from "../../../tools/golden.ts";
import { certifyNorm } from "./certify-norm.ts";
import { inducedNorm } from "./norms/induced-norm.ts";
import { largestSingularValue, unroll } from "../test-support/unrolled.ts";

beforeAll(() => startBackend("wasm"));

interface Golden {
  readonly case: string;
  readonly inputs: { kernel: number[][][][]; inputShape: number[]; stride: 1 | 2 };
  readonly expected: { operator_norms: Record<string, number> };
  readonly tolerance: Tolerance;
}
const cases = readGolden<Golden>("conv_operator_norm");

describe("certify and inducedNorm against the golden file", () => {
  it.each(cases.map((golden) => [golden.case, golden] as const))(
    "%s",
    async (_, { inputs: { kernel, inputShape, stride }, expected, tolerance }) => {
      const operator = conv2d(tensor(kernel), { inputShape, stride });
      const matrix = transpose64(await unroll(operator));
      const names = Object.keys(expected.operator_norms).filter((name) => name !== "frobenius");
      expect(names).toContain("2->2");
      for (const name of names) {
        const [domain, codomain] = name.split("->").map((p) => (p === "inf" ? Infinity : Number(p)));
        const norm = expected.operator_norms[name]!;
        const { bound } = await certifyNorm(operator, { domain: domain!, codomain: codomain! });
        demandClose([bound], norm, tolerance, `bound ${name}`);
        demandClose([inducedNorm(matrix, domain!, codomain!)], norm, tolerance, `norm ${name}`);
      }
    },
  );
});

describe("certifyNorm", () => {
  it("reads every kind of operator that has a structure", async () => {
    const shapes = { inputShape: [4, 5, 2], stride: 2 } as const;
    for (const operator of [
      dense(createRandom(1).normal([3, 4])),
      conv2d(createRandom(2).normal([3, 2, 2, 3]), shapes),
      depthwiseConv2d(createRandom(3).normal([2, 3, 2]), shapes),
    ]) {
      const { bound } = await certifyNorm(operator);
      expect(bound / (await largestSingularValue(operator))).toBeCloseTo(1, 5);
    }
  });

  it("names what it cannot bound", async () => {
    const operator = dense(tensor([[1, 2]]));
    const { structure: _, ...opaque } = operator;
    await expect(certifyNorm(opaque)).rejects.toSatisfy(UnsupportedError.is);
    await expect(certifyNorm(opaque)).rejects.toThrow("certifyNorm: expected an operator with a `structure`");
    for (const broken of [NaN, Infinity]) {
      await expect(certifyNorm(dense(tensor([[1, broken]])))).rejects.toSatisfy(NonFiniteError.is);
      const kernel = tensor([broken], [1, 1, 1, 1]);
      await expect(certifyNorm(conv2d(kernel, { inputShape: [2, 2, 1] }))).rejects.toThrow(
        `certifyOperator: expected finite weights, received ${broken}`,
      );
    }
    for (const norm of [0.99, NaN])
      await expect(certifyNorm(operator, { domain: norm, codomain: 2 })).rejects.toThrow(
        `certifyOperator: norm: expected a number in [1, Infinity], received ${norm}`,
      );
  });

  it("leaves no tensor behind, and reads weights that are disposed of once it has returned", async () => {
    const kernel = createRandom(1).normal([3, 3, 2, 2]);
    const options = { inputShape: [4, 4, 2] };
    const before = memory().numTensors;
    const { bound } = await certifyNorm(conv2d(kernel, options));
    const doubled = mul(kernel, 2);
    const promise = certifyNorm(conv2d(doubled, options), { domain: 2, codomain: 2 });
    dispose(doubled);
    expect((await promise).bound).toBe(2 * bound);
    await expect(certifyNorm(conv2d(kernel, options), { domain: 0, codomain: 2 })).rejects.toThrow("norm");
    expect(memory().numTensors).toBe(before);
  });
});
