import {
  createRandom,
  dispose,
  gatherRows,
  gradients,
  matMul,
  memory,
  mul,
  sum,
  tensor,
} from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { beforeAll, describe, expect, it } from "vitest";
import { orthogonal64, orthogonalLayers, solve64, unfollowed } from "../../test-support/slow-contraction.ts";
import { solveContraction } from "./solve-contraction.ts";
import { solveFixed } from "./solve-fixed.ts";

import type { InverseMethod } from "../blocks/inverse-options.ts";

const random = createRandom(80);

describe("solving a contraction on webgpu", () => {
  beforeAll(() => startBackend("webgpu"));

  it.each(["banach", "anderson", "broyden"] as InverseMethod[])(
    "keeps each row's bound against float64, with rows that leave: %s",
    async (method) => {
      const { g, g64, lipschitz } = await orthogonalLayers({
        size: 6,
        layers: 2,
        activation: "tanh",
        coefficient: 0.9,
        random,
      });
      const condition = tensor([1, 1, 1, 0.1, 0.1, 0.1, 0.1, 0.1], [8, 1]);
      const bind = (rows?: Int32Array) =>
        unfollowed((x) => mul(rows === undefined ? condition : gatherRows(condition, rows), g(x)));
      const y = random.normal([8, 6]);
      const before = memory().numTensors;
      const { x, evidence } = await solveContraction({
        bind,
        y,
        lipschitz,
        norm: 2,
        layer: "test",
        call: { where: "test.solveInverse", path: "" },
        options: { tolerance: 1e-4 },
        method,
      });
      const [targets, got] = [await y.data(), await x.data()];
      dispose(x);
      expect(memory().numTensors).toBe(before);
      evidence[0]!.rows.forEach(({ errorBound, converged }, row) => {
        const at = (values: ArrayLike<number>) => Array.from({ length: 6 }, (_, i) => values[row * 6 + i]!);
        const scaled = (v: readonly number[]) =>
          g64(v).map((value) => value * (row < 3 ? 1 : Math.fround(0.1)));
        const error = solve64(scaled, at(targets)).map((value, i) => value - at(got)[i]!);
        expect(Math.hypot(...error)).toBeLessThanOrEqual(errorBound);
        expect(converged).toBe(true);
      });
    },
  );

  it("gradients of the implicit form are those of recorded steps", async () => {
    const W = tensor(await orthogonal64(4, 0.6, random));
    const bind = (W: Tensor) => () => ({
      value: (x: Tensor): Tensor => matMul(x, W),
      linearise: (x: Tensor) => ({
        value: matMul(x, W) as Tensor,
        jvp: (v: Tensor): Tensor => matMul(v, W),
        vjp: (w: Tensor): Tensor => matMul(w, W, false, true),
      }),
    });
    const [y, weight] = [random.normal([5, 4]), random.fold(1).normal([5, 4])];
    const by = (gradient: "implicit" | "unrolled") =>
      gradients(
        (y, W) => sum(mul(solveFixed({ bind: bind(W!), y: y!, steps: 40 }, gradient), weight)),
        [y, W],
      );
    const unrolled = by("unrolled");
    for (const [i, gradient] of by("implicit").entries()) {
      const [got, expected] = [await gradient.data(), await unrolled[i]!.data()];
      got.forEach((value, j) => expect(Math.abs(value - expected[j]!)).toBeLessThan(1e-5));
    }
  });
});
