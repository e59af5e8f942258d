import { certify, enforce, layersOf } from "@invertible/bijection";
import type { Bijection, Certificate } from "@invertible/bijection";
import { dispose } from "@invertible/ops";
import { demand, demandWithin } from "../../law-violation.ts";
import type { Law } from "../../law.ts";
import { bitEqual, demandFinite, numbersOf } from "../../measures/numbers.ts";
import { snapshot } from "../../trial/twins.ts";
import type { Trial } from "../../trial/trial.ts";
import { enlarge, shrink } from "./enlarge.ts";
import { demandStillInverts } from "../still-inverts.ts";

/** A proof of the same weights may round its last digits otherwise after they were scaled. */
const rounding = 1e-6;
/** Of a value of forward, which the inverse stretches by its Lipschitz constant. */
const steepRounding = 2e-6;
const steepest = 1e3;

export const enforceLaw = {
  name: "enforce",
  statement:
    "after enforce every claimed constant is proven, with the weights near the start and with much larger ones, and none has grown; the " +
    "bijection still inverts, a second enforce changes nothing, and weights within the claims stay as they are",
  hint: "set `claims` to constants that hold after enforce",
  async check(trial) {
    await checkAtWeights(trial, "near the start");
    if (!layersOf(trial.bare).some(({ layer }) => layer.lipschitz)) return;
    if (await enlarge(trial)) await checkAtWeights(trial, "large");
    if (await shrink(trial)) await checkLeftAlone(trial);
  },
} as const satisfies Law;

async function checkAtWeights(trial: Trial, weights: "near the start" | "large"): Promise<void> {
  const { bare, bijection, options } = trial;
  const before = await certify(bijection);
  await enforce(bijection);
  const after = await certify(bijection);
  // Limits that bite far out may make the other direction steeper.
  if (weights === "near the start") checkNoneGrew(trial, before, after);
  for (const direction of ["forward", "inverse"] as const) {
    const claimed = options.claims?.[direction] ?? Infinity;
    demandWithin(
      trial,
      { what: `${direction}'s proven constant, ${weights}`, value: after[direction], allowed: claimed },
      () => `expected ${direction} within the claimed ${claimed}, received ${after[direction]}`,
    );
  }
  const enforced = await snapshot(bare);
  for (const [name, values] of enforced) demandFinite(`${name} after enforce`, values);
  // With large weights an inverse may be so steep that rounding is all that it returns.
  if (weights === "near the start" || after.inverse <= steepest) {
    const x = trial.sample(5, trial.random.fold("enforce"));
    await demandStillInverts(trial, x, "enforce", steepRounding * Math.min(after.inverse, steepest));
    dispose(x);
  }
  await enforce(bijection);
  await demandSame(bare, enforced, "a second enforce to leave it");
}

/** Only where both constants are claimed can the kit know that nothing needs scaling. */
async function checkLeftAlone({ bare, bijection, options }: Trial): Promise<void> {
  const { forward, inverse } = options.claims ?? {};
  if (forward === undefined || inverse === undefined) return;
  const certificate = await certify(bijection);
  if (!(certificate.forward <= forward && certificate.inverse <= inverse)) return;
  const before = await snapshot(bare);
  await enforce(bijection);
  await demandSame(bare, before, "enforce to leave weights that are within the claims");
}

async function demandSame(
  { parameters }: Bijection,
  before: ReadonlyMap<string, Float32Array>,
  what: string,
) {
  for (const [name, variable] of Object.entries(parameters))
    demand(
      bitEqual(await numbersOf(variable), before.get(name)!),
      `${name}: expected ${what}, received other numbers`,
    );
}

function checkNoneGrew({ options }: Trial, before: Certificate, after: Certificate): void {
  for (const [i, layer] of before.layers.entries())
    for (const direction of ["forward", "inverse"] as const) {
      const now = after.layers[i]?.[direction];
      const allowed = Math.max(layer[direction] * (1 + rounding), options.claims?.[direction] ?? 0);
      demand(
        now !== undefined && now <= allowed,
        () =>
          `${layer.layer} (${layer.path}): expected enforce to keep ${direction} at or below ${allowed}, received ${now}`,
      );
    }
}
