import { dispose } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import { demandWithin } from "../law-violation.ts";
import { relativeError, rowsOf, short } from "../measures/numbers.ts";
import type { Trial } from "../trial/trial.ts";
import { noInverse } from "./exemptions.ts";

/** Demands inverse(forward(x)) = x after `event`, where there is an inverse, within the tolerance of round trips or `rounding`. */
export async function demandStillInverts(
  trial: Trial,
  x: Tensor,
  event: string,
  rounding = 0,
): Promise<void> {
  if (noInverse(trial) !== undefined) return;
  const { bijection, call, tolerances } = trial;
  const y = bijection.forward(x, call());
  const back = bijection.inverse(y, call());
  const error = relativeError(await rowsOf(back), await rowsOf(x));
  dispose([y, back]);
  const allowed = Math.max(tolerances.roundTrip, rounding);
  demandWithin(
    trial,
    { what: `inverse(forward(x)) after ${event}`, value: error, allowed },
    () =>
      `inverse(forward(x)) after ${event}: expected an error <= ${short(allowed)}, received ${short(error)}`,
  );
}
