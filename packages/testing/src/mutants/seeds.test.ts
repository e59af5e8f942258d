import { defineBijection } from "@invertible/bijection";
import type { Bijection } from "@invertible/bijection";
import { startBackend } from "@invertible/ops/backend";
import { beforeAll, describe, expect, it } from "vitest";
import { checkLaws } from "../check-laws.ts";
import type { ConformanceOptions } from "../trial/options.ts";
import { enforcedLimit, soundEnforced } from "./sound/sound-enforced.ts";
import { conditionFeatures, soundConditional } from "./sound/sound-conditional.ts";
import { soundInjective } from "./sound/sound-injective.ts";
import { soundStarted } from "./sound/sound-started.ts";
import { soundCoupling } from "./sound/sound-coupling.ts";

/** INVERTIBLE_LONG_TESTS=1: two hundred. */
const seeds = process.env["INVERTIBLE_LONG_TESTS"] === "1" ? 200 : 80;

/** Cheap layers that keep every law; each is judged on a share of the seeds, so that all of them together see every seed. */
const table: [name: string, factory: () => Bijection, options?: ConformanceOptions][] = [
  ["soundCoupling", () => defineBijection(soundCoupling())],
  ["soundStarted", () => defineBijection(soundStarted())],
  ["soundInjective", () => defineBijection(soundInjective())],
  [
    "soundEnforced",
    () => defineBijection(soundEnforced()),
    { claims: { forward: enforcedLimit, inverse: enforcedLimit } },
  ],
  [
    "soundConditional",
    () => defineBijection(soundConditional()),
    { condition: (batch, random) => random.normal([batch, conditionFeatures]) },
  ],
];

describe("sound layers keep every law, whatever is drawn", () => {
  beforeAll(() => startBackend("cpu"));

  it.each(table)(
    `%s, on its share of ${seeds} seeds`,
    { timeout: 240_000 },
    async (name, factory, options) => {
      const first = table.findIndex(([each]) => each === name);
      for (let seed = 1 + first; seed <= seeds; seed += table.length) {
        const { violations, summary } = await checkLaws(factory, { ...options, seed });
        expect(violations, `seed ${seed}: ${summary}`).toEqual([]);
      }
    },
  );
});
