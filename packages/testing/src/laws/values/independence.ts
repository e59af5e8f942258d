import { dispose, slice, tidy } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import type { Conditions } from "../../trial/conditioned.ts";
import { directions } from "../../trial/direction.ts";
import { demandWithin } from "../../law-violation.ts";
import type { Law } from "../../law.ts";
import { relativeError, rowsOf, short } from "../../measures/numbers.ts";

/** Kernels may sum in another order for another batch size. */
const rounding = 1e-5;
const batch = 5;
const some = 2;

export const independenceLaw = {
  name: "independent examples",
  statement:
    "an example's result does not depend on the other examples of its batch, nor on their conditions",
  async check(trial) {
    // Noise is drawn by position, so the examples of a stochastic layer must stay where they are.
    const begin = trial.stochastic ? 0 : 1;
    const rowsFrom = (x: Tensor) =>
      slice(
        x,
        x.shape.map((_, axis) => (axis === 0 ? begin : 0)),
        [some, ...x.shape.slice(1)],
      );
    for (const direction of directions(trial)) {
      const x = direction.sample(batch, trial.random.fold("independence"));
      const { conditions } = trial;
      const rowsOfConditions = (all: Conditions) =>
        all.shared ? all.of(batch) : tidy(() => rowsFrom(all.of(batch)));
      const given = conditions && { condition: rowsOfConditions(conditions) };
      const few = rowsFrom(x);
      const whole = direction.results(x, trial.call());
      const part = direction.results(few, { ...trial.call(), ...given });
      const compare = async (of: "value" | "logDet") => {
        const among = (await rowsOf(whole[of]!)).slice(begin, begin + some);
        const error = relativeError(among, await rowsOf(part[of]!));
        demandWithin(
          trial,
          { what: `${direction.name}'s ${of}`, value: error, allowed: rounding },
          () =>
            `${direction.name}'s ${of}: expected the same alone and among others, received a difference of ${short(error)}`,
        );
      };
      await compare("value");
      if (trial.bijection.traits.logDet === "exact") await compare("logDet");
      dispose([x, few, ...Object.values(whole), ...Object.values(part)]);
      if (given) dispose(given.condition);
    }
  },
} as const satisfies Law;
