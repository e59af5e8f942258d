import { describe, it } from "vitest";
import { readGolden } from "../../../tools/golden.ts";
import type { Tolerance } from "../../../tools/golden.ts";

export { demandClose as expectGolden } from "../../../tools/golden.ts";

export interface GoldenCase<Inputs, Expected> {
  readonly case: string;
  readonly inputs: Inputs;
  readonly expected: Expected;
  readonly tolerance: Tolerance;
}

/** Runs `test` on every case of a golden file. */
export function describeGolden<Inputs, Expected>(
  name: string,
  test: (golden: GoldenCase<Inputs, Expected>) => void | Promise<void>,
): void {
  const cases = readGolden<GoldenCase<Inputs, Expected>>(name);
  describe(`golden ${name}`, () => {
    it.each(cases)("$case", (golden) => test(golden));
  });
}
