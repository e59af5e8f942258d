/** Golden numbers for tests: float64 reference values in fixtures/golden, computed outside this repository. */
import { readFileSync } from "node:fs";

export interface Tolerance {
  readonly abs: number;
  readonly rel: number;
}

/** The cases of fixtures/golden/<name>.json. */
export function readGolden<Case>(name: string): Case[] {
  const file = new URL(`../fixtures/golden/${name}.json`, import.meta.url);
  return (JSON.parse(readFileSync(file, "utf8")) as { cases: Case[] }).cases;
}

/** @throws Error naming the first entry outside |got - want| <= abs + rel |want|. */
export function demandClose(
  got: ArrayLike<number>,
  want: unknown,
  { abs, rel }: Tolerance,
  what = "value",
): void {
  const wanted = ([want] as unknown[]).flat(Infinity) as number[];
  if (got.length !== wanted.length)
    throw new Error(`${what}: expected ${wanted.length} numbers, received ${got.length}`);
  wanted.forEach((w, i) => {
    if (!(Math.abs(got[i]! - w) <= abs + rel * Math.abs(w)))
      throw new Error(`${what}[${i}]: expected ${w}, received ${got[i]}`);
  });
}
