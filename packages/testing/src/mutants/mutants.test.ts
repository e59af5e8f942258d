import { defineBijection } from "@invertible/bijection";
import { startBackend } from "@invertible/ops/backend";
import { beforeAll, describe, expect, it } from "vitest";
import { checkLaw } from "../check-law.ts";
import { describeBijection } from "../describe-bijection.ts";
import { LawViolation } from "../law-violation.ts";
import { laws } from "../laws.ts";
import { mutants } from "./index.ts";
import { soundBatchNorm } from "./sound/sound-batch-norm.ts";
import { soundBisection } from "./sound/sound-bisection.ts";
import { conditionFeatures, soundConditional } from "./sound/sound-conditional.ts";
import { enforcedLimit, soundEnforced } from "./sound/sound-enforced.ts";
import { soundEstimated } from "./sound/sound-estimated.ts";
import { soundInjective } from "./sound/sound-injective.ts";
import { soundIterative } from "./sound/sound-iterative.ts";
import { soundStarted } from "./sound/sound-started.ts";
import { soundCoupling, soundType } from "./sound/sound-coupling.ts";

// What the mutants are made from keeps every law, so a rejection is the defect's.
describeBijection("soundCoupling", () => defineBijection(soundCoupling()), { types: [soundType] });
describeBijection("soundIterative", () => defineBijection(soundIterative()));
describeBijection("soundBisection", () => defineBijection(soundBisection()));
describeBijection("soundEnforced", () => defineBijection(soundEnforced()), {
  claims: { forward: enforcedLimit, inverse: enforcedLimit },
});
describeBijection("soundConditional", () => defineBijection(soundConditional()), {
  condition: (batch, random) => random.normal([batch, conditionFeatures]),
});
describeBijection("soundEstimated", () => defineBijection(soundEstimated()));
describeBijection("soundBatchNorm", () => defineBijection(soundBatchNorm()));
describeBijection("soundStarted", () => defineBijection(soundStarted()));
describeBijection("soundInjective", () => defineBijection(soundInjective()));

describe("mutants", () => {
  beforeAll(() => startBackend("wasm"));

  it.each(mutants)("$law rejects: $defect", async ({ law, says, factory, options }) => {
    const error = await checkLaw(law, factory, options).catch((reason: unknown) => reason);
    if (!LawViolation.is(error)) throw new Error(`expected a LawViolation, received ${String(error)}`);
    expect(error.law).toBe(law);
    expect(error.message).toContain(says);
  });

  it("a bias within its claim is no violation", async () => {
    const biased = () =>
      defineBijection({ ...soundEstimated({ factor: 1.1 }), traits: { logDet: "biased", logDetBias: 0.5 } });
    expect((await checkLaw("log-det", biased)).held).toBe(true);
  });

  it("every law has a mutant", () => {
    const rejecting = new Set(mutants.map(({ law }) => law));
    expect(laws.map(({ name }) => name).filter((name) => !rejecting.has(name))).toEqual([]);
  });
});
