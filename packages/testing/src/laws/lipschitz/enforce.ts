import { certify, enforce } from "@invertible/bijection";
import type { Bijection, Certificate } from "@invertible/bijection";
import { dispose } from "@invertible/ops";
import { demand } from "../../law-violation.ts";
import type { Law } from "../../law.ts";
import { bitEqual, demandFinite, numbersOf } from "../../measures/numbers.ts";
import { demandStillInverts } from "../still-inverts.ts";

/** A proof of the same weights may round its last digits otherwise after they were scaled. */
const rounding = 1e-6;

export const enforceLaw = {
  name: "enforce",
  statement:
    "after enforce every claimed constant is proven and none has grown; the bijection still inverts, and a second " +
    "enforce changes nothing",
  async check(trial) {
    const { bijection, options } = trial;
    const before = await certify(bijection);
    await enforce(bijection);
    const after = await certify(bijection);
    checkNoneGrew(before, after);
    for (const direction of ["forward", "inverse"] as const)
      demand(
        after[direction] <= (options.claims?.[direction] ?? Infinity),
        () =>
          `expected ${direction} within the claimed ${options.claims![direction]}, received ${after[direction]}`,
      );
    const enforced = await snapshot(bijection);
    for (const [name, values] of enforced) demandFinite(`${name} after enforce`, values);
    const x = trial.sample(5, trial.random.fold("enforce"));
    await demandStillInverts(trial, x, "enforce");
    dispose(x);
    await enforce(bijection);
    for (const [name, values] of await snapshot(bijection))
      demand(bitEqual(values, enforced.get(name)!), `${name}: expected a second enforce to leave it`);
  },
} as const satisfies Law;

function checkNoneGrew(before: Certificate, after: Certificate): void {
  for (const [i, layer] of before.layers.entries())
    for (const direction of ["forward", "inverse"] as const) {
      const now = after.layers[i]?.[direction];
      demand(
        now !== undefined && now <= layer[direction] * (1 + rounding),
        () =>
          `${layer.layer} (${layer.path}): expected enforce to keep ${direction} at or below ${layer[direction]}, received ${now}`,
      );
    }
}

async function snapshot({ parameters }: Bijection): Promise<Map<string, Float32Array>> {
  const named = Object.entries(parameters);
  return new Map(await Promise.all(named.map(async ([name, v]) => [name, await numbersOf(v)] as const)));
}
