import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

export interface GoldenCase<Inputs, Expected> {
  readonly case: string;
  readonly inputs: Inputs;
  readonly expected: Expected;
  readonly tolerance: { readonly abs: number; readonly rel: number };
}

const folder = fileURLToPath(new URL("../../../../shared/golden/", import.meta.url));

/** Runs `test` on every case of a golden file, or says loudly that it could not. */
export function describeGolden<Inputs, Expected>(
  name: string,
  test: (golden: GoldenCase<Inputs, Expected>) => void | Promise<void>,
): void {
  const file = `${folder}${name}.json`;
  describe(`golden ${name}`, () => {
    if (!existsSync(file)) {
      console.warn(`NOT TESTED: golden numbers "${name}", there is no ${file}`);
      it.skip(`skipped: there is no ${file}`, () => {});
      return;
    }
    const { cases } = JSON.parse(readFileSync(file, "utf8")) as { cases: GoldenCase<Inputs, Expected>[] };
    it.each(cases)("$case", (golden) => test(golden));
  });
}

/** |got - expected| <= abs + rel |expected| for every number of two nested arrays of one shape. */
export function expectGolden(
  got: ArrayLike<number>,
  expected: unknown,
  { abs, rel }: GoldenCase<unknown, unknown>["tolerance"],
): void {
  const numbers = [expected].flat(Infinity) as number[];
  expect(got.length).toBe(numbers.length);
  const outside = numbers.flatMap((e, i) => {
    const within = Math.abs(got[i]! - e) <= abs + rel * Math.abs(e);
    return within ? [] : [`[${i}]: expected ${e}, received ${got[i]}`];
  });
  expect(outside).toEqual([]);
}
