import { createRandom, dispose, fill, matMul, mul, neg, tensor, zeros } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { beforeAll, describe, expect, it } from "vitest";
import { accelerationFor } from "./acceleration-for.ts";
import type { Acceleration } from "./acceleration.ts";
import { anderson } from "./anderson.ts";
import { broyden } from "./broyden.ts";
import { iterateRows } from "./iterate-rows.ts";
import type { RowResult } from "./standing.ts";
import { orthogonal64, orthogonalLayers, unfollowed } from "../../test-support/slow-contraction.ts";

beforeAll(() => startBackend("wasm"));

import type { InverseMethod } from "../blocks/inverse-options.ts";

const random = createRandom(78);

interface Given {
  readonly g: (x: Tensor) => Tensor;
  readonly y: Tensor;
  readonly lipschitz: number;
  readonly acceleration: Acceleration | undefined;
  readonly tolerance?: number;
  readonly maxIterations?: number;
}

async function run({ g, tolerance = 1e-4, maxIterations = 1000, ...given }: Given): Promise<RowResult[]> {
  const { x, results } = await iterateRows({
    bind: () => unfollowed(g),
    shape: given.y.shape.slice(1),
    norm: 2,
    tolerance: () => tolerance,
    maxIterations,
    onNonFinite: () => undefined,
    ...given,
  });
  dispose(x);
  return results;
}
const most = (results: readonly RowResult[]) => Math.max(...results.map(({ iterations }) => iterations));
const by = (method: InverseMethod, dimension: number, lipschitz: number) =>
  accelerationFor("test", method, dimension, lipschitz);

describe("the acceleration methods", () => {
  it("undo a known change exactly, by Anderson's correction and by Broyden's step", async () => {
    const [df, dr, lost] = [
      random.normal([3, 4]),
      random.fold(1).normal([3, 4]),
      zeros([3, 1], "bool") as Tensor,
    ];
    const values = async (x: Tensor) => Array.from(await x.data());
    const close = async (got: Tensor, expected: Tensor) => {
      const [a, b] = [await values(got), await values(expected)];
      a.forEach((value, i) => expect(Math.abs(value - b[i]!)).toBeLessThan(1e-5));
    };
    // r = dr is what that change explains, and undoing it moves F by -df.
    const a = anderson(3);
    await close(a.correction(a.learn([], { df, dr, lost }), dr), neg(df));
    // The secant equation is H dh = s with h = -r, so the step from r = -dh is s. F(b) = b + r has moved by r already.
    const s = random.fold(2).normal([3, 4]);
    const dh = mul(s, 1.5) as Tensor;
    const b = broyden(3, 0.9);
    const change = { dr: neg(dh) as Tensor, df: s.sub(dh) as Tensor, lost };
    await close(b.correction(b.learn([], change), dh), s.sub(dh) as Tensor);
  });

  it("need d + 6 evaluations for a linear problem in d dimensions with Anderson, four of them plain", async () => {
    for (const d of [1, 2, 4, 8, 16]) {
      const W = tensor(await orthogonal64(d, 0.97, random.fold(d)));
      const given = {
        g: (x: Tensor): Tensor => matMul(x, W),
        y: random.normal([16, d]),
        lipschitz: 0.97 * (1 + 1e-6),
      };
      const banach = most(await run({ ...given, acceleration: undefined, tolerance: 1e-3 }));
      const accelerated = most(
        await run({ ...given, acceleration: by("anderson", d, 0.97), tolerance: 1e-3 }),
      );
      expect(accelerated).toBeLessThanOrEqual(d + 6);
      expect(banach).toBeGreaterThan(250);
    }
  });

  it.each(["elu", "sin", "leakyRelu"] as const)(
    "need at most a third of the evaluations by Anderson where the rate is above 0.9: %s",
    async (activation) => {
      for (const size of [2, 4, 8]) {
        const { g, lipschitz } = await orthogonalLayers({
          size,
          layers: 2,
          activation,
          coefficient: 0.97,
          random,
        });
        const given = { g, y: mul(random.normal([64, size]), 0.5) as Tensor, lipschitz };
        const slow = most(await run({ ...given, acceleration: undefined }));
        // Over the last 20 evaluations before the slowest row finishes.
        const residualAt = async (n: number) =>
          (await run({ ...given, acceleration: undefined, tolerance: 1e-30, maxIterations: n })).map(
            (row) => row.standing.residual,
          );
        const [before, after] = [await residualAt(slow - 20), await residualAt(slow)];
        const row = after.indexOf(Math.max(...after));
        expect((after[row]! / before[row]!) ** (1 / 20)).toBeGreaterThan(0.9);
        expect(
          most(await run({ ...given, acceleration: by("anderson", size, lipschitz) })),
        ).toBeLessThanOrEqual(slow / 3);
      }
    },
  );

  it("need no more evaluations than the fixed-point iteration where that contracts quickly", async () => {
    for (const [scale, size] of [
      [0.1, 4],
      [0.1, 64],
      [0.3, 16],
    ] as const) {
      const W = tensor(await orthogonal64(size, scale, random));
      const given = {
        g: (x: Tensor): Tensor => matMul(x, W),
        y: random.normal([32, size]),
        lipschitz: 0.729,
      };
      const banach = await run({ ...given, acceleration: undefined });
      for (const method of ["anderson", "broyden"] as const) {
        const results = await run({ ...given, acceleration: by(method, size, 0.729) });
        results.forEach(({ iterations }, row) =>
          expect(iterations).toBeLessThanOrEqual(banach[row]!.iterations),
        );
      }
    }
  });
});

describe("the safeguard", () => {
  const history = (x: Tensor) => [x.expandDims(0)] as Tensor[];
  const bad = (correction: (r: Tensor) => Tensor): Acceleration => ({
    learn: (_, { dr }) => history(dr),
    correction: (_, r) => correction(r),
  });

  it.each([
    ["random", (r: Tensor) => mul(random.normal(r.shape as number[]), 10)],
    ["away from the solution", (r: Tensor) => mul(r, -1.9)],
    ["huge", (r: Tensor) => fill(r.shape as number[], 1e30)],
    ["infinite", (r: Tensor) => fill(r.shape as number[], Infinity)],
    ["NaN", (r: Tensor) => fill(r.shape as number[], NaN)],
  ] as [string, (r: Tensor) => Tensor][])(
    "guesses that are %s cost two evaluations where the proven rate is the true one",
    async (_, correction) => {
      const W = tensor(await orthogonal64(6, 0.9, random));
      const given = {
        g: (x: Tensor): Tensor => matMul(x, W),
        y: random.normal([20, 6]),
        lipschitz: 0.9 * (1 + 1e-6),
        tolerance: 1e-2,
      };
      const banach = await run({ ...given, acceleration: undefined });
      const guessing = await run({ ...given, acceleration: bad(correction) });
      guessing.forEach(({ iterations, standing }, row) => {
        expect(standing.verdict).toBe("converged");
        expect(iterations).toBeLessThanOrEqual(banach[row]!.iterations + 2);
        // Guesses were really made.
        expect(iterations).toBeGreaterThan(banach[row]!.iterations);
      });
    },
  );

  it("after n evaluations |r| is at most L^(n-3) |r_1|, whatever is guessed", async () => {
    const { g, lipschitz } = await orthogonalLayers({
      size: 5,
      layers: 2,
      activation: "elu",
      coefficient: 0.95,
      random,
    });
    const y = random.normal([30, 5]);
    const wild = bad((r) => mul(random.normal(r.shape as number[]), 0.5));
    for (const acceleration of [wild, by("anderson", 5, lipschitz), by("broyden", 5, lipschitz)]) {
      const at = async (n: number) =>
        (await run({ g, y, lipschitz, acceleration, tolerance: 1e-3, maxIterations: n })).map(
          (row) => row.standing,
        );
      const first = await at(1);
      for (let n = 2; n <= 60; n += 3)
        (await at(n)).forEach(({ residual }, row) =>
          expect(residual).toBeLessThanOrEqual(
            Math.max(
              lipschitz ** (n - 3) * first[row]!.residual * (1 + n * 2 ** -19),
              1e-6 * (1 + first[row]!.residual),
            ),
          ),
        );
    }
  });

  it("a method that contracts more slowly than the iteration is soon abandoned", async () => {
    // g = x/2 - 1, so r falls by 1/2 from b to F(b). Guesses move to where it falls only by 0.9, within L = 0.95.
    const g = (x: Tensor): Tensor => mul(x, 0.5).sub(1);
    const lazy = bad((r) => mul(r, 0.1 / 1.5 - 1));
    const given = { g, y: random.normal([10, 1]), lipschitz: 0.95 };
    const banach = most(await run({ ...given, acceleration: undefined }));
    const guessing = most(await run({ ...given, acceleration: lazy }));
    expect(guessing).toBeGreaterThan(banach);
    expect(guessing).toBeLessThanOrEqual(banach + 4 + Math.ceil(guessing / 8));
  });
});
