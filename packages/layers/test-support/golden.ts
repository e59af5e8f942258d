import type { Tensor } from "@invertible/ops";
import { it } from "vitest";
import { demandClose, readGolden } from "../../../tools/golden.ts";
import type { Tolerance } from "../../../tools/golden.ts";

interface GoldenCase {
  readonly case: string;
  readonly inputs: Record<string, unknown>;
  readonly expected: Record<string, unknown>;
  readonly tolerance: Tolerance;
}

/** A test against the one case of a golden file whose name begins with `name`. */
export function itMatchesGolden(
  file: string,
  name: string,
  check: (golden: GoldenCase) => Promise<void>,
): void {
  const cases = readGolden<GoldenCase>(file);
  it(name, async () => {
    const golden = cases.find((c) => c.case.startsWith(name));
    if (golden === undefined) throw new Error(`${file}.json: expected a case "${name}...", received none`);
    await check(golden);
  });
}

/** |got - expected| <= abs + rel |expected| for every entry. */
export async function expectGolden(got: Tensor, expected: unknown, tolerance: Tolerance): Promise<void> {
  demandClose(await got.data(), expected, tolerance);
}
