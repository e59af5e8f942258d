import { expect, it } from "vitest";
import type { Flow } from "@invertible/flow";
import { fitWidth } from "./fit-width.ts";

/** The parts of a flow that counting parameters needs. */
const withParameters = (size: number) =>
  ({ parameters: { all: { size, isDisposed: true } }, state: {} }) as unknown as Flow;
const build = (width: number) => withParameters(3 * width ** 2 + 5 * width + 7);

it.each([
  [{ parameters: 3 * 40 ** 2 + 5 * 40 + 7 }, 40],
  [{ parameters: 3 * 40 ** 2 + 5 * 40 + 7 + 100 }, 40],
  [{ parameters: 3 * 40 ** 2 + 5 * 40 + 7 + 200 }, 41],
  [{ parameters: 3 * 40 ** 2 + 5 * 40 + 7, step: 16 }, 32],
  [{ parameters: 3 * 40 ** 2 + 5 * 40 + 7, step: 16, least: 9 }, 41],
  [{ parameters: 1 }, 1],
  [{ parameters: 1, least: 5 }, 5],
])("finds the width nearest to %j", async (options, width) => {
  expect(await fitWidth({ ...options, build })).toBe(width);
});
