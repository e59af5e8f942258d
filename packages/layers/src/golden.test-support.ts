import { existsSync, readFileSync } from "node:fs";
import type { Tensor } from "@invertible/ops";
import { expect, it } from "vitest";

interface GoldenCase {
  readonly case: string;
  readonly inputs: Record<string, unknown>;
  readonly expected: Record<string, unknown>;
  readonly tolerance: { readonly abs: number; readonly rel: number };
}

/** A test against the case of a golden file whose name starts so; skipped loudly where the files are absent. */
export function itMatchesGolden(
  file: string,
  name: string,
  check: (golden: GoldenCase) => Promise<void>,
): void {
  const url = new URL(`../../../../shared/golden/${file}.json`, import.meta.url);
  if (!existsSync(url)) {
    console.warn(`golden file ${url.pathname} is absent: "${name}" is NOT checked against it`);
    it.skip(`${name} (golden file ${file}.json is absent)`, () => undefined);
    return;
  }
  const { cases } = JSON.parse(readFileSync(url, "utf8")) as { cases: GoldenCase[] };
  it(name, async () => {
    const golden = cases.find((c) => c.case.startsWith(name));
    if (golden === undefined) throw new Error(`${file}.json: expected a case "${name}...", received none`);
    await check(golden);
  });
}

/** |got - expected| <= abs + rel |expected| for every entry. */
export async function expectGolden(got: Tensor, expected: unknown, { abs, rel }: GoldenCase["tolerance"]) {
  const values = await got.data();
  const numbers = [expected].flat(Infinity) as number[];
  expect(values.length).toBe(numbers.length);
  numbers.forEach((number, i) =>
    expect(Math.abs(values[i]! - number)).toBeLessThanOrEqual(abs + rel * Math.abs(number)),
  );
}
