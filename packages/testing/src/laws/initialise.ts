import { dispose } from "@invertible/ops";
import { demand } from "../law-violation.ts";
import type { Law } from "../law.ts";
import { demandFinite, numbersOf, relativeError, rowsOf, short } from "../numbers.ts";
import { noInverse } from "./exemptions.ts";

export const initialiseLaw = {
  name: "initialise",
  statement: "after a start from a batch all variables are finite, and the bijection still inverts",
  async check(trial) {
    const { bijection, random, valueContext, tolerances } = trial;
    const x = trial.sample(32, random.fold("initialise"));
    await bijection.initialise(x, valueContext());
    for (const [name, variable] of Object.entries({ ...bijection.parameters, ...bijection.state }))
      demandFinite(`${name} after initialise`, await numbersOf(variable));
    if (noInverse(trial) === undefined) {
      const { y } = bijection.forward(x, valueContext());
      const { x: back } = bijection.inverse(y, valueContext());
      const error = relativeError(await rowsOf(back), await rowsOf(x));
      demand(
        error <= tolerances.roundTrip,
        () =>
          `inverse(forward(x)) after initialise: expected an error <= ${short(tolerances.roundTrip)}, received ${short(error)}`,
      );
      dispose([y, back]);
    }
    dispose(x);
  },
} as const satisfies Law;
