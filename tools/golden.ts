/** Golden numbers for tests: files beside the repository, in ../shared/golden, that a checkout may lack. */
import { existsSync, readFileSync } from "node:fs";

export interface Tolerance {
  readonly abs: number;
  readonly rel: number;
}

/** The cases of a golden file; undefined, and said so aloud, where the file is absent. */
export function readGolden<Case>(name: string): Case[] | undefined {
  const file = new URL(`../../shared/golden/${name}.json`, import.meta.url);
  if (existsSync(file)) return (JSON.parse(readFileSync(file, "utf8")) as { cases: Case[] }).cases;
  console.warn(`NOT CHECKED: the golden file ${file.pathname} is absent`);
  return undefined;
}

/** For titles of skipped tests. */
export const absent = (cases: unknown) =>
  cases === undefined ? " (SKIPPED: the golden file is absent)" : "";

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
