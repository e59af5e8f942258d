import type { Bijection } from "@invertible/bijection";
import {
  createRandom,
  dispose,
  matrix64,
  multiply64,
  singularValues,
  slogdet,
  solve,
  tensor,
  tidy,
  transpose64,
} from "@invertible/ops";
import type { Matrix64 } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { beforeAll, describe, expect, it } from "vitest";
import { invertibleConv1x1, invertibleConv1x1Type } from "./invertible-conv-1x1.ts";

const random = createRandom(17);
const context = { random, training: false } as const;

/** W as the layer applies it: y = W x at the unit vectors. */
async function matrixOf(layer: Bijection, size: number): Promise<Matrix64> {
  const columns = tidy(() => layer.forward(tensor(identity(size)), { ...context }));
  const data = Float64Array.from(await columns.data());
  dispose(columns);
  return transpose64(matrix64(size, size, data));
}

const identity = (size: number) =>
  Array.from({ length: size }, (_, i) => Array.from({ length: size }, (_, j) => +(i === j)));

/** Adds noise to every factor, as training might. */
function perturb(layer: Bijection, deviation: number): void {
  const { factors } = layer.parameters;
  tidy(() =>
    factors!.assign(
      factors!.add(
        random
          .fold(deviation * 1e6)
          .normal(factors!.shape)
          .mul(deviation),
      ),
    ),
  );
}

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Math.max(...Array.from(a, (value, i) => Math.abs(value - b[i]!)));
}

describe("invertibleConv1x1", () => {
  beforeAll(() => startBackend("wasm"));

  it.each([1, 2, 3, 12, 48])("starts orthogonal with %i channels", async (size) => {
    const layer = invertibleConv1x1({ inputShape: [size], random });
    const w = await matrixOf(layer, size);
    expect(largestDifference(multiply64(w, transpose64(w)).data, identity(size).flat())).toBeLessThan(3e-6);
    const x = random.normal([2, size]);
    const { logDet } = layer.forwardAndLogDet(x, context);
    for (const value of await logDet.data()) expect(Math.abs(value)).toBeLessThan(1e-5);
  });

  it("equals the matrix it was given, with the log-det that float64 gives", async () => {
    const matrix = matrix64(4, 4, random.normalArray(16));
    const layer = invertibleConv1x1({ inputShape: [3, 5, 4], matrix });
    const x = random.normal([2, 3, 5, 4]);
    const { y, logDet } = layer.forwardAndLogDet(x, context);
    const rows = matrix64(30, 4, Float64Array.from(await x.data()));
    expect(largestDifference(await y.data(), multiply64(rows, transpose64(matrix)).data)).toBeLessThan(5e-6);
    for (const value of await logDet.data()) expect(value).toBeCloseTo(15 * slogdet(matrix).logAbsDet, 4);
  });

  it.each([
    // size, noise on the factors, float32 roundings lost per unit of condition number
    [4, 0.3, 4],
    [12, 0.2, 4],
    [48, 0.05, 4],
    [96, 0.05, 4],
  ])(
    "inverts %i channels after noise of %f, up to the condition number of W",
    async (size, deviation, factor) => {
      const layer = invertibleConv1x1({ inputShape: [size], random });
      perturb(layer, deviation);
      const w = await matrixOf(layer, size);
      const values = singularValues(w);
      const condition = values[0]! / values.at(-1)!;
      const x = random.normal([32, size]);
      const y = layer.forward(x, { ...context });
      const back = layer.inverse(y, { ...context });
      const relative = largestDifference(await back.data(), await x.data()) / 4;
      expect(relative).toBeLessThan(factor * condition * 2 ** -24);

      // The inverse matrix itself, compared with float64.
      const columns = layer.inverse(tensor(identity(size)), { ...context });
      const expected = transpose64(solve(w, matrix64(size, size, identity(size).flat())));
      const largest = Math.max(...expected.data.map(Math.abs));
      expect(largestDifference(await columns.data(), expected.data) / largest).toBeLessThan(
        factor * condition * 2 ** -24,
      );
    },
  );

  it("refuses matrices and descriptions that do not fit", () => {
    const singular = matrix64(2, 2, [1, 2, 2, 4]);
    expect(() => invertibleConv1x1({ inputShape: [2], matrix: singular })).toThrow(
      "expected an invertible matrix",
    );
    expect(() => invertibleConv1x1({ inputShape: [3], matrix: singular })).toThrow(
      "expected 3 rows and columns",
    );
    expect(() => invertibleConv1x1({ inputShape: [2] } as never)).toThrow("expected `random` or `matrix`");
    const build = (config: object) => () => invertibleConv1x1Type.build(config as never, undefined as never);
    expect(build({ inputShape: [2], order: [0, 0], signs: [1, 1] })).toThrow("permutation");
    expect(build({ inputShape: [2], order: [0], signs: [1, 1] })).toThrow(
      "invertibleConv1x1.order: expected 2 indices",
    );
    expect(build({ inputShape: [2], order: [1, 0], signs: [1, 2] })).toThrow(
      "invertibleConv1x1.signs: expected 2 numbers +1 or -1",
    );
  });
});
