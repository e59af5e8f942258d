import { NonFiniteError, NotCertifiedError } from "@invertible/errors";
import { createRandom, dense, fill, memory, mul, tidy } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { beforeAll, describe, expect, it } from "vitest";
import { aolDense, cappedConv2d, cappedDense, orthogonalDense } from "../index.ts";

const random = createRandom(5);
const coefficient = 0.9;

describe.each(["cpu", "wasm"] as const)("weights of 1e20 on %s", (backend) => {
  beforeAll(() => startBackend(backend));

  // Up to 128 dimensions the Gram matrix, beyond Lanczos, between other norms the closed form and dual power iteration.
  it.each([
    ["a small matrix", () => cappedDense({ inputs: 5, outputs: 4, coefficient, random })],
    ["a large matrix", () => cappedDense({ inputs: 150, outputs: 140, coefficient, random })],
    [
      "a convolution",
      () => cappedConv2d({ inputShape: [5, 5, 2], outputs: 3, kernelSize: 3, coefficient, random }),
    ],
    [
      "the maximum norm",
      () => cappedDense({ inputs: 5, outputs: 4, coefficient, random, domain: Infinity, codomain: Infinity }),
    ],
    ["l_3", () => cappedDense({ inputs: 5, outputs: 4, coefficient, random, domain: 3, codomain: 3 })],
  ])("are refreshed and certified like others: %s", async (_, build) => {
    const capped = build();
    const { weight } = capped.parameters;
    await capped.refresh({ tolerance: 1e-6 });
    const norm = (await capped.norm().data())[0]!;
    const before = memory().numTensors;
    tidy(() => weight.assign(mul(weight, 1e20)));
    for (const options of [{ iterations: 5 }, { tolerance: 1e-6 }]) {
      await capped.refresh(options);
      const sigma = capped.norm();
      expect((await sigma.data())[0]! / (norm * 1e20)).toBeCloseTo(1, 4);
      sigma.dispose();
    }
    // Of l_3 nothing as tight is known.
    const { bound } = await capped.certify();
    expect(bound).toBeGreaterThan(coefficient * (1 - 1e-4));
    if (capped.domain !== 3) expect(bound).toBeLessThan(coefficient * (1 + 1e-4));
    expect(memory().numTensors).toBe(before);
  });

  it("are refused where the norm is more than float32 holds, and the message is true", async () => {
    const capped = cappedDense({ inputs: 20, outputs: 20, coefficient, random });
    const before = memory().numTensors;
    tidy(() => capped.parameters.weight.assign(fill([20, 20], 3e38)));
    const error = await capped.refresh({ tolerance: 1e-6 }).catch((e: unknown) => e);
    expect(NonFiniteError.is(error)).toBe(true);
    expect((error as Error).message).toMatch(
      /expected weights of a norm that float32 holds, at most 3.4.*e\+38, received one of (6|5.9)\S*e\+39$/,
    );
    tidy(() => capped.parameters.weight.assign(fill([20, 20], NaN)));
    await expect(capped.refresh({ tolerance: 1e-6 })).rejects.toThrow(/received a norm of NaN/);
    expect(memory().numTensors).toBe(before);
  });

  it.each([
    ["aolDense", () => aolDense({ inputs: 5, outputs: 4, coefficient, random })],
    ["orthogonalDense", () => orthogonalDense({ inputs: 5, outputs: 4, coefficient, random })],
  ])("of %s are refused, and the message is true", async (name, build) => {
    const operator = build();
    tidy(() => operator.parameters.weight.assign(mul(operator.parameters.weight, 1e30)));
    const outcome = await operator.certify().catch((e: unknown) => e);
    if (NonFiniteError.is(outcome))
      expect(outcome.message).toContain(`${name}: expected weights up to about 1e18`);
    // Rows scaled to 0 are a contraction too.
    else expect((outcome as { bound: number }).bound).toBeLessThanOrEqual(coefficient);
    await operator.enforce().catch((e: unknown) => {
      if (!NonFiniteError.is(e) && !NotCertifiedError.is(e)) throw e;
    });
    const y = tidy(() => operator.bind().apply(dense(fill([1, 5], 1)).apply(fill([1, 1], 1))));
    y.dispose();
  });
});
