import { initialise } from "@invertible/bijection";
import { dispose } from "@invertible/ops";
import type { Law } from "../../law.ts";
import { demandFinite, numbersOf } from "../../measures/numbers.ts";
import { demandStillInverts } from "../still-inverts.ts";

export const initialiseLaw = {
  name: "initialise",
  statement: "after a start from a batch all variables are finite, and the bijection still inverts",
  async check(trial) {
    const { bijection, random, call } = trial;
    const x = trial.sample(32, random.fold("initialise"));
    await initialise(bijection, x, call());
    for (const [name, variable] of Object.entries({ ...bijection.parameters, ...bijection.state }))
      demandFinite(`${name} after initialise`, await numbersOf(variable));
    await demandStillInverts(trial, x, "initialise");
    dispose(x);
  },
} as const satisfies Law;
