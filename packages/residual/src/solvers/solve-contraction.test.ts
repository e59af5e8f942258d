import { NonFiniteError, NotConvergedError } from "@invertible/errors";
import {
  add,
  concat,
  createRandom,
  dispose,
  gatherRows,
  matMul,
  memory,
  mul,
  slice,
  tanh,
  tensor,
  tidy,
} from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { orthogonal64, orthogonalLayers, solve64, unfollowed } from "../../test-support/slow-contraction.ts";
import { solveContraction } from "./solve-contraction.ts";
import type { ContractionProblem } from "./solve-contraction.ts";

import type { InverseMethod } from "../blocks/inverse-options.ts";

const random = createRandom(77);
const methods: readonly InverseMethod[] = ["banach", "anderson", "broyden"];

type Problem = Partial<Omit<ContractionProblem, "bind">> & Pick<ContractionProblem, "y" | "lipschitz">;
type Bind = (rows?: Int32Array) => (x: Tensor) => Tensor;
const solve = ({ bind, ...problem }: Problem & { bind: Bind }) =>
  solveContraction({
    norm: 2,
    layer: "test",
    call: { where: "test.solveInverse", path: "" },
    options: {},
    method: "anderson",
    ...problem,
    bind: (rows) => unfollowed(bind(rows)),
  });

const rowsOf = async (x: Tensor) => {
  const [batch, size] = x.shape as [number, number];
  const values = Array.from(await x.data());
  return Array.from({ length: batch }, (_, row) => values.slice(row * size, (row + 1) * size));
};
const distance = (a: readonly number[], b: readonly number[]) =>
  Math.hypot(...a.map((value, i) => value - b[i]!));

describe.each(["cpu", "wasm"] as const)("solving a contraction on %s", (backend) => {
  beforeAll(() => startBackend(backend));
  afterEach(() => vi.restoreAllMocks());

  it.each(methods)("keeps each row's bound and tolerance against float64: %s", async (method) => {
    for (const [activation, layers, coefficient] of [
      ["elu", 2, 0.97],
      ["tanh", 3, 0.9],
      ["leakyRelu", 2, 0.5],
    ] as const) {
      const contraction = await orthogonalLayers({ size: 6, layers, activation, coefficient, random });
      const y = mul(random.fold("y").normal([40, 6]), 3) as Tensor;
      const { x, evidence } = await solve({
        bind: () => contraction.g,
        y,
        lipschitz: contraction.lipschitz,
        options: { method, tolerance: 2e-4 },
      });
      const [targets, got] = [await rowsOf(y), await rowsOf(x)];
      expect(evidence[0]).toMatchObject({
        method,
        layer: "test",
        lipschitz: contraction.lipschitz,
        converged: true,
      });
      expect(evidence[0]!.rows).toHaveLength(40);
      evidence[0]!.rows.forEach(({ errorBound, converged }, row) => {
        const truth = solve64(contraction.g64, targets[row]!);
        expect(distance(truth, got[row]!)).toBeLessThanOrEqual(errorBound);
        expect(errorBound).toBeLessThanOrEqual(2e-4);
        expect(converged).toBe(true);
      });
      for (const key of ["iterations", "residual", "errorBound"] as const)
        expect(evidence[0]![key]).toBe(Math.max(...evidence[0]!.rows.map((row) => row[key])));
    }
  });

  it.each([1, 1.5, 3, Infinity])(
    "solves contractions in the l_p norm with a Euclidean bound, p = %s",
    async (p) => {
      // The norm of x -> x W is the largest absolute sum of a row of W for p = 1, and of a column for p = infinity.
      // The weighted geometric mean of both bounds the norm for the other p.
      const W = mul(random.fold("lp").normal([5, 5]), 0.2) as Tensor;
      const entries = await rowsOf(W);
      const one = Math.max(...entries.map((row) => row.reduce((total, value) => total + Math.abs(value), 0)));
      const infinity = Math.max(
        ...entries.map((_, j) => entries.reduce((total, row) => total + Math.abs(row[j]!), 0)),
      );
      const norm = one ** (1 / p) * infinity ** (1 - 1 / p);
      const scale = 0.9 / norm;
      const g = (x: Tensor): Tensor => tanh(matMul(x, mul(W, scale)));
      const g64 = (x: readonly number[]) =>
        entries.map((_, j) =>
          Math.tanh(x.reduce((total, value, i) => total + value * Math.fround(entries[i]![j]! * scale), 0)),
        );
      const y = random.fold("y").normal([30, 5]);
      for (const method of methods) {
        const { x, evidence } = await solve({
          bind: () => g,
          y,
          lipschitz: 0.9 * (1 + 1e-6),
          norm: p,
          options: { method },
        });
        const [targets, got] = [await rowsOf(y), await rowsOf(x)];
        got.forEach((row, i) =>
          expect(distance(solve64(g64, targets[i]!), row)).toBeLessThanOrEqual(
            evidence[0]!.rows[i]!.errorBound,
          ),
        );
      }
    },
  );

  it.each(methods)("a row's bits do not depend on the rest of the batch: %s", async (method) => {
    const slow = await orthogonalLayers({ size: 4, layers: 2, activation: "elu", coefficient: 0.97, random });
    const y = concat([random.normal([7, 4]), mul(random.fold(1).normal([9, 4]), 100)], 0) as Tensor;
    const run = (y: Tensor) =>
      solve({
        bind: () => slow.g,
        y,
        lipschitz: slow.lipschitz,
        options: { method, tolerance: 1e-2 },
      });
    const together = await run(y);
    const iterations = together.evidence[0]!.rows.map((row) => row.iterations);
    expect(Math.max(...iterations)).toBeGreaterThan(Math.min(...iterations));
    const whole = await rowsOf(together.x);
    for (let row = 0; row < 16; row++) {
      const alone = await run(slice(y, [row, 0], [1, 4]) as Tensor);
      expect((await rowsOf(alone.x))[0]).toEqual(whole[row]);
      expect(alone.evidence[0]!.rows[0]).toEqual(together.evidence[0]!.rows[row]);
    }
  });

  it.each(methods)(
    "tells g which rows it is given, and evaluates fewer rows once enough have finished: %s",
    async (method) => {
      const weight = await orthogonal64(12, 1, random);
      const W = tensor(weight);
      // Rows are scaled: the first half hardly contracts, and the second does so at once.
      const condition = tensor([0.9, 0.88, 0.86, 0.84, 0.01, 0.02, 0.03, 0.04], [8, 1]);
      const sizes: number[] = [];
      const bind = (rows?: Int32Array) => {
        const scale = rows === undefined ? condition : gatherRows(condition, rows);
        return (x: Tensor): Tensor => {
          sizes.push(x.shape[0]!);
          return mul(scale, add(matMul(x, W), 0.1));
        };
      };
      const y = random.normal([8, 12]);
      const lipschitz = 0.9 * (1 + 1e-6);
      const { x, evidence } = await solve({
        bind,
        y,
        lipschitz,
        options: { method, tolerance: 1e-3 },
      });
      const [targets, got] = [await rowsOf(y), await rowsOf(x)];
      const scales = await condition.data();
      got.forEach((row, i) => {
        const g64 = (x: readonly number[]) =>
          weight.map(
            (_, j) => scales[i]! * (x.reduce((total, value, k) => total + value * weight[k]![j]!, 0) + 0.1),
          );
        expect(distance(solve64(g64, targets[i]!), row)).toBeLessThanOrEqual(
          evidence[0]!.rows[i]!.errorBound,
        );
      });
      expect(sizes[0]).toBe(8);
      expect(sizes.at(-1)).toBeLessThanOrEqual(4);
      const [slowest, quickest] = [evidence[0]!.rows[0]!, evidence[0]!.rows[4]!];
      expect(quickest.iterations).toBeLessThan(slowest.iterations);
    },
  );

  it.each(methods)(
    "never reads a tensor synchronously, keeps shapes, and leaves nothing behind: %s",
    async (method) => {
      const prototype = Object.getPrototypeOf(tensor([1])) as Tensor;
      const spies = (["dataSync", "arraySync"] as const).map((name) => vi.spyOn(prototype, name));
      const slow = await orthogonalLayers({
        size: 12,
        layers: 2,
        activation: "elu",
        coefficient: 0.9,
        random,
      });
      const flat = (x: Tensor) => x.reshape([-1, 12]) as Tensor;
      const bind = () => (x: Tensor) => slow.g(flat(x)).reshape(x.shape) as Tensor;
      const y = random.normal([6, 2, 3, 2]);
      const before = memory().numTensors;
      const { x } = await solve({ bind, y, lipschitz: slow.lipschitz, options: { method } });
      expect(x.shape).toEqual([6, 2, 3, 2]);
      dispose(x);
      for (const failing of [{ maxIterations: 3 }, { tolerance: 1e-12 }])
        await expect(
          solve({ bind, y, lipschitz: slow.lipschitz, options: { method, ...failing } }),
        ).rejects.toThrow(NotConvergedError);
      let calls = 0;
      const breaks = () => {
        if (++calls === 3) throw new Error("on purpose");
        return bind();
      };
      await expect(
        solve({ bind: breaks, y, lipschitz: slow.lipschitz, options: { method } }),
      ).rejects.toThrow("on purpose");
      expect(memory().numTensors).toBe(before);
      for (const spy of spies) expect(spy).not.toHaveBeenCalled();
    },
  );

  it.each(methods)("throws at once for NaN in a row, or gives up that row alone: %s", async (method) => {
    const slow = await orthogonalLayers({ size: 2, layers: 2, activation: "elu", coefficient: 0.9, random });
    const y = tensor([
      [1, 2],
      [NaN, 0],
      [0.5, 0.1],
    ]);
    const problem = { bind: () => slow.g, y, lipschitz: slow.lipschitz };
    await expect(
      solve({ ...problem, call: { where: "test (2).solveInverse", path: "2" }, options: { method } }),
    ).rejects.toThrow(
      "test (2).solveInverse: expected finite numbers, received NaN or infinity at iteration 1",
    );
    await expect(solve({ ...problem, options: { method } })).rejects.toThrow(NonFiniteError);
    const { x, evidence } = await solve({ ...problem, options: { method, onCap: "return" } });
    const { rows, converged, errorBound } = evidence[0]!;
    expect({ converged, errorBound }).toEqual({ converged: false, errorBound: Infinity });
    expect(rows[1]).toEqual({ iterations: 1, residual: Infinity, errorBound: Infinity, converged: false });
    const got = await rowsOf(x);
    for (const row of [0, 2]) {
      expect(rows[row]!.converged).toBe(true);
      const truth = solve64(slow.g64, row === 0 ? [1, 2] : [0.5, Math.fround(0.1)]);
      expect(distance(truth, got[row]!)).toBeLessThanOrEqual(rows[row]!.errorBound);
    }
  });

  it("a constant g is solved by one evaluation, an empty batch by none", async () => {
    const y = random.normal([3, 2]);
    const constant = await solve({ bind: () => (x) => mul(x, 0), y, lipschitz: 0 });
    expect(await constant.x.data()).toEqual(await y.data());
    expect(constant.evidence[0]).toMatchObject({ iterations: 1, residual: 0, converged: true });
    const empty = await solve({
      bind: () => (x) => x,
      y: slice(y, [0, 0], [0, 2]) as Tensor,
      lipschitz: 0.5,
    });
    expect(empty.x.shape).toEqual([0, 2]);
    expect(empty.evidence[0]).toMatchObject({ iterations: 0, errorBound: 0, converged: true, rows: [] });
  });

  it("takes the caller's method before the layer's own, and refuses an unknown one", async () => {
    const problem = { bind: () => (x: Tensor) => mul(x, 0.5) as Tensor, y: tensor([[1]]), lipschitz: 0.5 };
    const used = async (method?: InverseMethod, own?: InverseMethod) =>
      (
        await solve({
          ...problem,
          ...(own && { method: own }),
          options: { ...(method && { method }) },
        })
      ).evidence[0]!.method;
    expect(await used()).toBe("anderson");
    expect(await used(undefined, "banach")).toBe("banach");
    expect(await used("broyden", "banach")).toBe("broyden");
    await expect(used("newton" as never)).rejects.toThrow(
      `test.solveInverse: method: expected "banach", "anderson" or "broyden", received`,
    );
  });

  it("stops where rounding inside g exceeds its model, instead of iterating to the cap", async () => {
    // A bias of 3000 is added and taken away again, so that g carries noise of 2^-12, far above 2^-23 |y|.
    const W = tensor([
      [0.7, 0.5],
      [-0.5, 0.7],
    ]);
    const g = (x: Tensor): Tensor => add(add(matMul(x, W), 3000), -3000);
    const y = random.normal([10, 2]);
    for (const method of methods) {
      const before = memory().numTensors;
      const error = await solve({
        bind: () => (x) => tidy(() => g(x)),
        y,
        lipschitz: Math.hypot(0.7, 0.5) * (1 + 1e-6),
        options: { method, tolerance: 1e-5 },
      }).catch((e: unknown) => e);
      expect((error as Error).message).toMatch(
        /after \d{1,2} iterations; float32 rounding keeps it from falling/,
      );
      expect(memory().numTensors).toBe(before);
    }
  });
});
