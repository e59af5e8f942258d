import { add, createRandom, gradients, memory, mul, sum, tensor, tidy, zeros } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { beforeAll, describe, expect, it } from "vitest";
import { demandClose, readGolden } from "../../../../tools/golden.ts";
import type { Tolerance } from "../../../../tools/golden.ts";
import { rationalQuadraticSpline } from "./rational-quadratic-spline.ts";
import { spline64 } from "../../test-support/rational-quadratic-spline.ts";

interface Golden {
  readonly case: string;
  readonly inputs: {
    readonly x: number[];
    readonly unnormalized_widths: number[][];
    readonly unnormalized_heights: number[][];
    readonly unnormalized_derivatives: number[][];
    readonly tail_bound: number;
  };
  readonly expected: Readonly<Record<"y" | "logabsdet" | "inverse_logabsdet_at_y", number[]>>;
  readonly tolerance: Tolerance;
}

const golden = readGolden<Golden>("rational_quadratic_spline");
const random = createRandom(11);
const [bins, bound] = [5, 2.5];
const size = 3 * bins - 1;
const spline = rationalQuadraticSpline({ bins, bound });

/** Rows of normal numbers times `scale`, and their splines in float64. */
function splines(name: string, rows: number, scale: number) {
  const numbers = Array.from(random.fold(name).normalArray(rows * size), (v) => Math.fround(scale * v));
  const row = (i: number, from: readonly number[] = numbers) => from.slice(i * size, (i + 1) * size);
  return {
    numbers,
    tensor: () => tensor(numbers, [rows, size]),
    at: (i: number, from?: readonly number[]) => spline64(bins, bound, row(i, from)),
  };
}

/** The most by which f changes from x to x +- distance. */
const moved = (f: (x: number) => number, x: number, distance: number) =>
  Math.max(...[-distance, distance].map((step) => Math.abs(f(x + step) - f(x))));

/** Repeats every row: [row 0, row 0, ..., row 1, ...]. */
const repeated = (numbers: readonly number[], times: number) =>
  Array.from({ length: (numbers.length / size) * times }, (_, i) =>
    numbers.slice(Math.floor(i / times) * size, (Math.floor(i / times) + 1) * size),
  );

describe.each(["cpu", "wasm"] as const)("rational-quadratic splines on %s", (backend) => {
  beforeAll(() => startBackend(backend));

  describe("against the golden file", () => {
    it("has cases", () => expect(golden.length).toBeGreaterThan(0));
    it.each(golden)("$case", async ({ inputs, expected, tolerance }) => {
      const { unnormalized_widths: widths, unnormalized_heights: heights } = inputs;
      const numbers = tensor(
        widths.map((row, i) => [...row, ...heights[i]!, ...inputs.unnormalized_derivatives[i]!]),
      );
      const shaped = rationalQuadraticSpline({ bins: widths[0]!.length, bound: inputs.tail_bound });
      const there = shaped.forward(tensor(inputs.x), numbers);
      demandClose(await there.y.data(), expected.y, tolerance, "y");
      demandClose(await there.logSlope().data(), expected.logabsdet, tolerance, "logSlope");
      const back = shaped.inverse(tensor(expected.y), numbers);
      const x = await back.x.data();
      // Three roundings of y, measured by how far they move x. The golden file has slopes down to e^-7.3.
      inputs.x.forEach((v, i) =>
        expect(Math.abs(x[i]! - v)).toBeLessThan(1.5e-6 * Math.max(1, Math.exp(-expected.logabsdet[i]!))),
      );
      const slopes = await back.logSlope().data();
      expected.inverse_logabsdet_at_y.forEach((want, i) => {
        // One slope of the file is e^-7.3. A float32 rounding of a knot there, 5e-7, moves x by 3e-4 and this by 2e-4.
        const rounding = want > 7 ? 4e-4 : 0;
        expect(Math.abs(slopes[i]! - want)).toBeLessThanOrEqual(
          tolerance.abs + tolerance.rel * Math.abs(want) + rounding,
        );
      });
    });
  });

  it("has the value and the slope of the paper's formulas, and inverts them", async () => {
    const [rows, points] = [40, 25];
    const { numbers, at } = splines("values", rows, 1.5);
    const xs = Array.from({ length: rows * points }, (_, i) =>
      Math.fround(-bound + (2 * bound * ((i % points) + 0.37)) / points),
    );
    const wide = tensor(repeated(numbers, points));
    const exact = (i: number) => at(Math.floor(i / points));
    const { y, logSlope } = spline.forward(tensor(xs), wide);
    const ys = xs.map((x, i) => exact(i).value(x));
    const slopes = xs.map((x, i) => exact(i).logSlope(x));
    const [gotY, gotSlope] = [await y.data(), await logSlope().data()];
    xs.forEach((x, i) => {
      expect(Math.abs(gotY[i]! - ys[i]!)).toBeLessThan(1e-6 * (1 + Math.exp(slopes[i]!)));
      // Knots are rounded by 1e-7 bound. Its effect on a log-slope is that of moving x, and that of 1e-7 bound relative to the
      // size of the bin, which is down to 1e-2 here.
      expect(Math.abs(gotSlope[i]! - slopes[i]!)).toBeLessThan(5e-5 + moved(exact(i).logSlope, x, 1e-6));
    });
    const back = await spline.inverse(tensor(ys), wide).x.data();
    // Measured by how far one rounding of y moves x.
    back.forEach((x, i) =>
      expect(Math.abs(x - xs[i]!)).toBeLessThan(3e-6 * Math.max(1, Math.exp(-slopes[i]!))),
    );
  });

  it.each(["forward", "inverse"] as const)("%s: first and second derivatives", async (direction) => {
    const rows = 12;
    const { numbers, tensor: table, at } = splines(direction, rows, 0.8);
    const xs = Array.from(random.fold("at").normalArray(rows), (v) => Math.fround(v));
    const [alongX, along] = [random.fold("x").normalArray(rows), random.fold("n").normalArray(rows * size)];
    const f = (x: Tensor, n: Tensor) => {
      if (direction === "forward") {
        const { y, logSlope } = spline.forward(x, n);
        return sum(add(y, mul(logSlope(), 0.5)));
      }
      const { x: back, logSlope } = spline.inverse(x, n);
      return sum(add(back, mul(logSlope(), 0.5)));
    };
    /** The same in float64, row by row, moved by t along the directions and by more along one coordinate. */
    const f64 = (i: number, t: number, j: number, more: number) => {
      const moved = numbers.map((v, n) => v + t * along[n]! + (n === i * size + j ? more : 0));
      const exact = at(i, moved);
      const z = xs[i]! + t * alongX[i]! + (j === size ? more : 0);
      if (direction === "forward") return exact.value(z) + 0.5 * exact.logSlope(z);
      const x = exact.inverse(z);
      return x - 0.5 * exact.logSlope(x);
    };
    const [x, n] = [tensor(xs), table()];
    const slopes = gradients(f, [x, n]);
    const directional = (a: Tensor, b: Tensor) => {
      const [dx, dn] = gradients(f, [a, b]) as [Tensor, Tensor];
      return add(sum(mul(dx, tensor(alongX))), sum(mul(dn, tensor(along, [rows, size]))));
    };
    const curvatures = gradients(directional, [x, n]);
    const [dx, dn, ddx, ddn] = (await Promise.all([...slopes, ...curvatures].map((v) => v.data()))) as [
      Float32Array,
      Float32Array,
      Float32Array,
      Float32Array,
    ];
    const step = 1e-3;
    const central = (g: (h: number) => number, h: number) => (g(h) - g(-h)) / (2 * h);
    const richardson = (g: (h: number) => number) => (4 * central(g, step / 2) - central(g, step)) / 3;
    let compared = 0;
    for (let i = 0; i < rows; i++) {
      // Where a difference straddles a knot, the log-slope has a kink. Such rows are few.
      const exact = at(i);
      const near = exact.knots.some(
        ([kx, ky]) => Math.abs((direction === "forward" ? kx : ky) - xs[i]!) < 20 * step,
      );
      if (near) continue;
      compared++;
      for (let j = 0; j <= size; j++) {
        const [first, second] = j === size ? [dx[i]!, ddx[i]!] : [dn[i * size + j]!, ddn[i * size + j]!];
        const slope = richardson((h) => f64(i, 0, j, h));
        const curvature = richardson((t) => richardson((h) => f64(i, t, j, h)));
        expect(Math.abs(first - slope), `row ${i}, ${j}`).toBeLessThan(5e-5 * Math.max(1, Math.abs(slope)));
        expect(Math.abs(second - curvature), `row ${i}, ${j}, second`).toBeLessThan(
          5e-4 * Math.max(1, Math.abs(curvature)),
        );
      }
    }
    expect(compared).toBeGreaterThan(rows / 2);
  });

  it("meets every knot with its value and its derivative", async () => {
    const rows = 30;
    const { numbers, at } = splines("knots", rows, 1);
    const knots = Array.from({ length: rows }, (_, i) => at(i).knots).flat();
    const wide = tensor(repeated(numbers, bins + 1));
    const x = tensor(knots.map(([k]) => k));
    const { y, logSlope } = spline.forward(x, wide);
    const [slopes] = gradients((z) => spline.forward(z, wide).y, [x]);
    const wanted = knots.map(([, k]) => k);
    demandClose(await y.data(), wanted, { abs: 2e-6, rel: 0 }, "y");
    const [gotSlope, gotLog] = [await slopes!.data(), await logSlope().data()];
    knots.forEach(([k, , d], i) => {
      // The float32 number lies beside the knot, where the slope differs.
      const allowed = 2e-5 + moved(at(Math.floor(i / (bins + 1))).logSlope, k, 1e-6);
      expect(Math.abs(Math.log(gotSlope[i]!) - Math.log(d))).toBeLessThan(allowed);
      expect(Math.abs(gotLog[i]! - Math.log(d))).toBeLessThan(allowed);
    });
  });

  it("meets the knots exactly where these are exact in float32", async () => {
    const even = rationalQuadraticSpline({ bins: 4, bound: 2 });
    const x = tensor([-2, -1, 0, 1, 2]);
    const { y } = even.forward(x, zeros([5, 11]));
    demandClose(await y.data(), [-2, -1, 0, 1, 2], { abs: 3e-7, rel: 0 });
    demandClose(await even.inverse(x, zeros([5, 11])).x.data(), [-2, -1, 0, 1, 2], { abs: 3e-7, rel: 0 });
  });

  it.each(["forward", "inverse"] as const)(
    "%s is the identity from the bound on, and its gradients are finite",
    async (direction) => {
      const outside = [-bound, bound, -bound - 1e-6, 3, -7, 1e10, -1e30, Infinity, -Infinity].map(
        Math.fround,
      );
      const { tensor: table } = splines("tails", outside.length, 3);
      const both = (x: Tensor, n: Tensor) => {
        if (direction === "forward") return spline.forward(x, n);
        const { x: y, logSlope } = spline.inverse(x, n);
        return { y, logSlope };
      };
      const [x, n] = [tensor(outside), table()];
      const { y, logSlope } = both(x, n);
      expect([...(await y.data())]).toEqual(outside);
      expect((await logSlope().data()).every((v) => v === 0)).toBe(true);
      const total = (a: Tensor, b: Tensor) => {
        const result = both(a, b);
        return sum(add(result.y, result.logSlope()));
      };
      const [dx, dn] = gradients(total, [x, n]);
      expect([...(await dx!.data())]).toEqual(outside.map(() => 1));
      expect((await dn!.data()).every((v) => v === 0)).toBe(true);
      const twice = gradients(
        (a, b) => {
          const [da, db] = gradients(total, [a, b]) as [Tensor, Tensor];
          return add(sum(da), sum(db));
        },
        [x, n],
      );
      for (const second of twice) expect((await second.data()).every((v) => v === 0)).toBe(true);
    },
  );

  it.each([10, 100, 1e4])("stays increasing and invertible on numbers of size %s", async (scale) => {
    const [rows, points] = [20, 101];
    const { numbers } = splines("hard", rows, scale);
    const wide = tensor(repeated(numbers, points));
    const xs = Array.from({ length: rows * points }, (_, i) => -2.6 + (5.2 * (i % points)) / (points - 1));
    const x = tensor(xs);
    const { y, logSlope } = spline.forward(x, wide);
    const [ys, slopes] = [await y.data(), await logSlope().data()];
    expect(slopes.every(Number.isFinite)).toBe(true);
    ys.forEach((v, i) => {
      // The formulas of neighbouring bins differ by one rounding of y.
      if (i % points > 0) expect(v).toBeGreaterThanOrEqual(ys[i - 1]! - 5e-7);
    });
    const { x: back, logSlope: inverseSlope } = spline.inverse(y, wide);
    expect((await inverseSlope().data()).every(Number.isFinite)).toBe(true);
    // Compared through y, since x is lost where the spline is flat.
    demandClose(await spline.forward(back, wide).y.data(), [...ys], { abs: 1e-4, rel: 0 }, "y");
    for (const direction of ["forward", "inverse"] as const) {
      const found = gradients(
        (a, b) => sum(direction === "forward" ? spline.forward(a, b).logSlope() : spline.inverse(a, b).x),
        [x, wide],
      );
      for (const gradient of found) expect((await gradient.data()).every(Number.isFinite)).toBe(true);
    }
  });

  it("takes a single number and an empty batch, and leaves nothing allocated", async () => {
    for (const rows of [1, 0]) {
      const { tensor: table, at } = splines("few", rows, 1);
      const [x, n] = [zeros([rows]), table()];
      const before = memory().numTensors;
      const values = tidy(() => {
        const { y, logSlope } = spline.forward(x, n);
        expect([logSlope().shape, spline.inverse(y, n).x.shape]).toEqual([[rows], [rows]]);
        const [slope] = gradients((a) => sum(spline.forward(a, n).y), [x]);
        expect(slope!.shape).toEqual([rows]);
        return y;
      });
      expect(memory().numTensors).toBe(before + 1);
      demandClose(await values.data(), rows === 0 ? [] : [at(0).value(0)], { abs: 2e-6, rel: 0 });
    }
  });
});
