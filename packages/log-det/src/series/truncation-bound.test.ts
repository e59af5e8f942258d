import { describe, expect, it } from "vitest";
import { demandClose, readGolden } from "../../../../tools/golden.ts";
import type { Tolerance } from "../../../../tools/golden.ts";
import { truncationBound } from "../index.ts";

interface Golden {
  readonly case: string;
  readonly expected: { readonly rows?: readonly (readonly [number, number, number, number])[] };
  readonly tolerance: Tolerance;
}
const table = readGolden<Golden>("residual_logdet_mlp");

describe("truncationBound", () => {
  it("agrees with the golden table", () => {
    const golden = table.find(({ case: name }) => name.startsWith("truncation error bound"))!;
    const rows = golden.expected.rows!;
    expect(rows.length).toBeGreaterThan(30);
    for (const [lipschitz, dimension, terms, bound] of rows)
      demandClose(
        [truncationBound({ lipschitz, dimension, terms })],
        bound,
        golden.tolerance,
        `${lipschitz}, ${terms}`,
      );
  });

  it.each([0.3, 0.9, 0.969, 0.971, 0.999])("is attained by J = -%d I, for every length", (lipschitz) => {
    for (const terms of [0, 1, 2, 7, 40]) {
      let series = 0;
      for (let k = 1; k <= terms; k++) series += ((-1) ** (k + 1) / k) * (-lipschitz) ** k;
      const error = 3 * (series - Math.log1p(-lipschitz));
      expect(truncationBound({ lipschitz, dimension: 3, terms })).toBeCloseTo(error, 12);
    }
  });

  it("is below its simpler bound d L^(n+1) / ((n+1)(1-L)), and keeps relative precision where it is tiny", () => {
    for (const lipschitz of [0.1, 0.5, 0.96, 0.98, 0.9999])
      for (const terms of [1, 5, 20, 100]) {
        const simple = lipschitz ** (terms + 1) / ((terms + 1) * (1 - lipschitz));
        const bound = truncationBound({ lipschitz, dimension: 1, terms });
        expect(bound).toBeLessThanOrEqual(simple * (1 + 1e-9) + 1e-15);
        expect(bound).toBeGreaterThan(0);
      }
    expect(truncationBound({ lipschitz: 1e-3, dimension: 1, terms: 5 }) / (1e-18 / 6)).toBeCloseTo(1, 2);
    expect(truncationBound({ lipschitz: 0, dimension: 5, terms: 3 })).toBe(0);
  });

  it.each([
    [{ lipschitz: 1, dimension: 2, terms: 1 }, "lipschitz: expected a number in [0, 1), received 1"],
    [{ lipschitz: NaN, dimension: 2, terms: 1 }, "lipschitz"],
    [{ lipschitz: 0.5, dimension: 0, terms: 1 }, "dimension: expected a positive integer"],
    [{ lipschitz: 0.5, dimension: 2, terms: -1 }, "terms: expected an integer >= 0"],
  ])("refuses %o", (options, message) => {
    expect(() => truncationBound(options)).toThrow(message);
  });
});
