import { defineBijection } from "@invertible/bijection";
import { add } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { beforeAll, describe, expect, it } from "vitest";
import { checkLaw } from "./check-law.ts";
import { checkLaws } from "./check-laws.ts";
import { demandWithin } from "./law-violation.ts";
import type { Law } from "./law.ts";
import { ratioOf, recorder } from "./measured.ts";
import { soundCoupling, soundType } from "./mutants/sound/sound-coupling.ts";

describe("a recorder", () => {
  it("keeps the comparison that is nearest to its limit, and counts them", () => {
    const { record, measurements } = recorder();
    expect(measurements()).toEqual({ comparisons: 0 });
    const closest = { what: "near", value: 0.5, allowed: 1 };
    record({ what: "far", value: 1, allowed: 100 });
    record(closest);
    record({ what: "no limit", value: 1e9, allowed: Infinity });
    record({ what: "no error, and none allowed", value: 0, allowed: 0 });
    expect(measurements()).toEqual({ comparisons: 3, closest });
  });

  it("takes what is no number for the worst", () => {
    const { record, measurements } = recorder();
    record({ what: "no number", value: NaN, allowed: 1 });
    record({ what: "too much", value: 5, allowed: 1 });
    expect(measurements().closest!.what).toBe("no number");
  });
});

describe("measurements", () => {
  beforeAll(() => startBackend("cpu"));
  const sound = () => defineBijection(soundCoupling());

  it("of a sound layer stay within what is allowed, and stand in the report", async () => {
    const { held, measurements, exempt } = await checkLaws(sound, { types: [soundType] });
    expect(Object.keys(measurements)).toEqual(held);
    expect(Object.keys(exempt).some((law) => Object.hasOwn(measurements, law))).toBe(false);
    for (const { closest } of Object.values(measurements))
      if (closest) expect(ratioOf(closest)).toBeLessThanOrEqual(1);
    const measuring = held.filter((law) => measurements[law]!.comparisons > 0);
    expect(measuring).toEqual(
      expect.arrayContaining(["round trip", "log-det", "inverse log-det", "gradients", "batch sizes"]),
    );
    expect(measurements["round trip"]!.closest!.allowed).toBe(1e-4);
    // Four typical examples, and eight of each of four tails.
    expect(measurements["log-det"]!.comparisons).toBe(36);
    expect(measurements["shapes"]).toEqual({ comparisons: 0 });
  });

  it("of a broken law end with the comparison that broke it", async () => {
    const shifted = () => {
      const right = soundCoupling();
      return defineBijection({
        ...right,
        inverse: (y, call) => ({ ...right.inverse(y, call), x: add(right.inverse(y, call).x, 0.1) }),
      });
    };
    const { measurements, violations } = await checkLaws(shifted);
    const { closest } = measurements["round trip"]!;
    expect(ratioOf(closest!)).toBeGreaterThan(10);
    expect(violations[0]!.details.ratio).toBe(ratioOf(closest!));
  });

  it("of a law of one's own come from demandWithin", async () => {
    const measured = { what: "an error", value: 1, allowed: 4 };
    const own: Law = {
      name: "own",
      statement: "errors are small",
      check: async (trial) => demandWithin(trial, measured, "expected little, received much"),
    };
    expect(await checkLaw(own, sound)).toEqual({
      held: true,
      measurements: { comparisons: 1, closest: measured },
    });
  });
});
