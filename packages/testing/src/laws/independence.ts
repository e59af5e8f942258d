import { dispose, slice } from "@invertible/ops";
import { directions } from "../direction.ts";
import { demand } from "../law-violation.ts";
import type { Law } from "../law.ts";
import { relativeError, rowsOf, short } from "../numbers.ts";

/** Kernels may sum in another order for another batch size. */
const rounding = 1e-5;

export const independenceLaw = {
  name: "independent examples",
  statement: "an example's result does not depend on the other examples of its batch",
  async check(trial) {
    for (const direction of directions(trial)) {
      const x = direction.sample(5, trial.random.fold("independence"));
      const some = slice(
        x,
        x.shape.map(() => 0),
        [2, ...direction.fromShape],
      );
      const [whole, part] = [direction.both(x, trial.context()), direction.both(some, trial.context())];
      const compare = async (of: "value" | "logDet") => {
        const error = relativeError((await rowsOf(whole[of])).slice(0, 2), await rowsOf(part[of]));
        demand(
          error <= rounding,
          () =>
            `${direction.name}'s ${of}: expected the same alone and among others, received a difference of ${short(error)}`,
        );
      };
      await compare("value");
      if (trial.bijection.traits.logDet === "exact") await compare("logDet");
      dispose([x, some, whole.value, whole.logDet, part.value, part.logDet]);
    }
  },
} as const satisfies Law;
