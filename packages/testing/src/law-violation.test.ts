import { defineBijection } from "@invertible/bijection";
import { add, greater, mul, neg, where } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { beforeAll, describe, expect, it } from "vitest";
import { checkLaw } from "./check-law.ts";
import { checkLaws } from "./check-laws.ts";
import { LawViolation, demand } from "./law-violation.ts";
import type { Law } from "./law.ts";
import { soundCoupling } from "./mutants/sound/sound-coupling.ts";

/** The message of the violation of one law. */
async function messageOf(...given: Parameters<typeof checkLaw>): Promise<string> {
  const error: unknown = await checkLaw(...given).catch((reason: unknown) => reason);
  if (!LawViolation.is(error)) throw new Error(`expected a LawViolation, received ${String(error)}`);
  return error.message;
}

describe("messages", () => {
  beforeAll(() => startBackend("cpu"));
  const sound = () => defineBijection(soundCoupling());

  it("name law, layer, what was expected and what came, the ratio, the input and the option to set", async () => {
    const clipped = () => {
      const right = soundCoupling();
      return defineBijection({
        ...right,
        forward: (x, call) => right.forward(where(greater(x, 9), mul(x, 1.5), x), call),
      });
    };
    expect(await messageOf("round trip", clipped)).toMatch(
      /^round trip, sound: inverse\(forward\(x\)\), tail 0: expected an error <= 1\.00e-4, received \S+ \(\S+ times what is allowed\), for the original = \[.*\] \(example \d\)\. If that is right for this layer, set `sample` and `tails` to inputs of its domain$/,
    );
  });

  it("of an error of the layer carry it as their cause", async () => {
    const failing = () =>
      defineBijection({
        ...soundCoupling(),
        forward: () => {
          throw new RangeError("out of luck");
        },
      });
    const error: unknown = await checkLaw("determinism", failing).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ law: "determinism", cause: new RangeError("out of luck") });
    expect(String(error)).toContain(
      "determinism, sound: expected no error, received RangeError: out of luck",
    );
  });

  it("of several broken laws: the first is marked as the cause", async () => {
    const wrong = () => {
      const right = soundCoupling();
      return defineBijection({
        ...right,
        inverse(y, call) {
          const { x, logDet } = right.inverse(y, call);
          return { x: add(x, 0.1), logDet: () => neg(logDet()) };
        },
      });
    };
    const { summary, violations, exempt } = await checkLaws(wrong);
    expect(violations.map(({ law }) => law).slice(0, 3)).toEqual([
      "round trip",
      "inverse round trip",
      "inverse log-det",
    ]);
    expect(summary.match(/first cause/g)).toHaveLength(1);
    expect(summary).toContain("\n- first cause: round trip, sound: ");
    expect(exempt["conditions"]).toBe("no `condition` was given");
  });

  it("of a law of one's own say its name and hint", async () => {
    const never: Law = {
      name: "never",
      statement: "nothing is right",
      hint: "give up",
      check: async () => demand(false, "expected much, received little", { ratio: 3 }),
    };
    expect(await messageOf(never, sound)).toBe(
      "never, sound: expected much, received little (3.00 times what is allowed). If that is right for this layer, give up",
    );
    const skipping = { skip: { never: "for a reason" } as object };
    expect(await checkLaw(never, sound, skipping)).toEqual({ held: false, exempt: "for a reason" });
  });
});
