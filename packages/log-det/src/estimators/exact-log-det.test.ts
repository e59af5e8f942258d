import {
  createRandom,
  dispose,
  gradients,
  identity64,
  memory,
  mul,
  multiply64,
  peakBytes,
  slogdet,
  solve,
  sum,
  tensor,
  tidy,
  valueAndGradients,
} from "@invertible/ops";
import type { Matrix64, Tensor } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { beforeAll, describe, expect, it } from "vitest";
import { exactLogDet, jacobianMatrix, logDetFloat64 } from "../index.ts";
import { contractions, matrices, problemOf } from "../../test-support/linear-problem.ts";

const random = createRandom(3);

/** I + J_b in float64. */
const shifted = (entries: Float64Array, d: number, b: number): Matrix64 => ({
  rows: d,
  columns: d,
  data: entries.slice(b * d * d, (b + 1) * d * d).map((x, i) => x + (i % (d + 1) === 0 ? 1 : 0)),
});

describe.each(["cpu", "wasm"] as const)("exact on %s", (backend) => {
  beforeAll(() => startBackend(backend));

  it.each([1, 2, 3, 4, 8, 20])(
    "is the determinant of I + J in %d dimensions, and its gradient (I + J)^-T",
    async (d) => {
      for (const lipschitz of [0.3, 0.9, 0.99]) {
        const entries = contractions(5, d, lipschitz, d);
        const j = matrices(entries, d);
        const weights = tensor([1, -2, 0.5, 3, 1]);
        const loss = () => sum(mul(exactLogDet().estimate(problemOf(j, random)), weights)) as Tensor;
        const values = await exactLogDet().estimate(problemOf(j, random)).data();
        const gradient = await valueAndGradients(loss, [j]).gradients[0]!.data();
        const float64 = await logDetFloat64(problemOf(j, random));
        const scales = await weights.data();
        for (let b = 0; b < 5; b++) {
          const matrix = shifted(entries, d, b);
          const { sign, logAbsDet } = slogdet(matrix);
          expect(sign).toBe(1);
          // The rounding of J to float32, amplified by |(I + J)^-1| <= 1/(1-L).
          const rounding = (1e-6 * d) / (1 - lipschitz);
          expect(Math.abs(values[b]! - logAbsDet)).toBeLessThan(rounding);
          expect(Math.abs(float64[b]! - logAbsDet)).toBeLessThan(1e-7 * d + rounding / 10);
          const inverse = solve(matrix, identity64(d));
          const size = Math.max(...inverse.data.map(Math.abs));
          for (let i = 0; i < d; i++)
            for (let k = 0; k < d; k++)
              expect(
                Math.abs(gradient[b * d * d + i * d + k]! - scales[b]! * inverse.data[k * d + i]!),
                `gradient ${b}, ${i}, ${k}`,
              ).toBeLessThan(Math.abs(scales[b]!) * size * 10 * rounding + 1e-6);
        }
        j.dispose();
      }
    },
  );

  it("has the second derivative -tr(A^-1 E A^-1 F) with A = I + J, and the matching third one", async () => {
    const d = 4;
    const entries = contractions(1, d, 0.8);
    const [e, f] = ["e", "f"].map((name) => random.fold(name).normalArray(d * d));
    const inverse = solve(shifted(entries, d, 0), identity64(d));
    const asMatrix = (data: ArrayLike<number>): Matrix64 => ({
      rows: d,
      columns: d,
      data: Float64Array.from(data),
    });
    const trace = (...factors: Matrix64[]) => {
      const { data } = factors.reduce(multiply64);
      return data.reduce((total, x, i) => total + (i % (d + 1) === 0 ? x : 0), 0);
    };
    const [first, second] = [multiply64(inverse, asMatrix(e!)), multiply64(inverse, asMatrix(f!))];
    const [along, across] = [tensor(e!, [1, d, d]), tensor(f!, [1, d, d])];
    const logDet = (j: Tensor) => sum(exactLogDet().estimate(problemOf(j, random))) as Tensor;
    const inE = (j: Tensor) => sum(mul(gradients((at) => logDet(at!), [j])[0]!, along)) as Tensor;
    const inEF = (j: Tensor) => sum(mul(gradients((at) => inE(at!), [j])[0]!, across)) as Tensor;
    const j = matrices(entries, d);
    expect((await inEF(j).data())[0]).toBeCloseTo(-trace(first, second), 3);
    const inEFE = sum(mul(gradients((at) => inEF(at!), [j])[0]!, along)) as Tensor;
    expect((await inEFE.data())[0]).toBeCloseTo(2 * trace(first, second, first), 2);
    j.dispose();
  });

  it("is right at the extremes J = +-L I, and for a rotation, whose diagonal is zero", async () => {
    const j = tensor([
      [
        [0.9, 0, 0],
        [0, 0.9, 0],
        [0, 0, 0.9],
      ],
      [
        [-0.9, 0, 0],
        [0, -0.9, 0],
        [0, 0, -0.9],
      ],
      [
        [0, -0.9, 0],
        [0.9, 0, 0],
        [0, 0, 0],
      ],
    ]);
    const got = await exactLogDet().estimate(problemOf(j, random)).data();
    [3 * Math.log(1.9), 3 * Math.log(0.1), Math.log(1.81)].forEach((value, i) =>
      expect(got[i]).toBeCloseTo(value, 5),
    );
  });

  it("keeps a few matrices for the gradient, where recorded elimination would keep d of them", async () => {
    const peak = async (d: number) => {
      const j = matrices(contractions(2, d, 0.7), d);
      const before = memory().numTensors;
      const { peakBytes: bytes } = await peakBytes(() => {
        const loss = () => sum(exactLogDet().estimate(problemOf(j, random))) as Tensor;
        const { value, gradients } = valueAndGradients(loss, [j]);
        dispose([value, ...gradients]);
      });
      expect(memory().numTensors).toBe(before);
      j.dispose();
      return bytes;
    };
    // The ratio would be 4 for d^2 and 8 for d^3.
    expect((await peak(48)) / (await peak(24))).toBeLessThan(4.5);
  });

  it("flattens image shapes in the order of their axes", async () => {
    const entries = contractions(3, 8, 0.8);
    const j = matrices(entries, 8);
    const flat = await exactLogDet().estimate(problemOf(j, random)).data();
    const image = await exactLogDet()
      .estimate(problemOf(j, random, [2, 2, 2]))
      .data();
    expect(image).toEqual(flat);
    j.dispose();
  });
});

describe("exact", () => {
  it("refuses more than maxDimension, naming it", () => {
    const j = matrices(contractions(1, 3, 0.5), 3);
    expect(() => tidy(() => exactLogDet({ maxDimension: 2 }).estimate(problemOf(j, random)))).toThrow(
      "exactLogDet: dimension: expected at most maxDimension = 2; use powerSeries or russianRoulette, or raise it, received 3",
    );
    expect(() => exactLogDet({ maxDimension: 2 }).check({ lipschitz: 0.9, dimension: 2 })).not.toThrow();
    expect(() => exactLogDet({ maxDimension: 2 }).check({ lipschitz: 0.9, dimension: 3 })).toThrow(
      "exactLogDet: dimension: expected at most maxDimension = 2",
    );
    expect(() => exactLogDet().check({ lipschitz: 1, dimension: 2 })).toThrow(
      "exact: lipschitz: expected a number in [0, 1), received 1",
    );
    expect(() => exactLogDet({ maxDimension: 0 })).toThrow(
      "exactLogDet: maxDimension: expected a positive integer",
    );
  });
});

describe("jacobian", () => {
  it("is one product of all basis vectors, or several of bounded size, and column j is J e_j", async () => {
    const calls: number[] = [];
    const of = (batch: number, d: number) => {
      const entries = Float32Array.from({ length: batch * d * d }, (_, i) => (i % 997) / 997);
      const j = tensor(entries, [batch, d, d]);
      const { jvp, shape } = problemOf(j, random);
      const counting = (v: Tensor) => (calls.push(v.shape[0]! / batch), jvp(v));
      return { j, entries, result: tidy(() => jacobianMatrix({ jvp: counting, batch, shape })) };
    };
    for (const [batch, d, expected] of [
      [5, 3, [3]],
      [60_000, 6, [2, 2, 2]],
      [60_000, 5, [3, 2]],
    ] as const) {
      calls.length = 0;
      const { j, entries, result } = of(batch, d);
      expect(calls).toEqual(expected);
      expect(result.shape).toEqual([batch, d, d]);
      expect((await result.data()).every((value, i) => value === entries[i])).toBe(true);
      dispose([j, result]);
    }
  });

  it("takes an empty batch", () => {
    const problem = problemOf(tensor([], [0, 3, 3]), random);
    expect(tidy(() => jacobianMatrix(problem).shape.slice())).toEqual([0, 3, 3]);
    expect(tidy(() => exactLogDet().estimate(problem).shape.slice())).toEqual([0]);
  });
});

describe("logDetFloat64", () => {
  it("names the row whose determinant is not positive", async () => {
    const j = tensor([[[0.5]], [[-2]]]);
    const before = memory().numTensors;
    await expect(logDetFloat64(problemOf(j, random))).rejects.toThrow("received sign -1 and log 0 in row 1");
    expect(memory().numTensors).toBe(before);
    dispose(j);
  });
});
