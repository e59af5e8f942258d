import { gradientsOf } from "../../measures/gradients-of.ts";
import { demand } from "../../law-violation.ts";
import type { Law } from "../../law.ts";
import { euclidean } from "../../measures/numbers.ts";
import { probeLoss } from "../../measures/probe-loss.ts";
import { forwardOf } from "../../trial/direction.ts";

/** Enough that a feature of which only negative values use a parameter has some. */
const batch = 12;

export const liveParametersLaw = {
  name: "live parameters",
  statement: "every parameter has an influence, by a gradient that is not zero, also in training",
  hint: "name the parameter in `deadParameters`",
  async check(trial) {
    const loss = probeLoss(trial, forwardOf(trial), batch, "value and log-det");
    try {
      for (const training of [false, true]) {
        const gradients = await gradientsOf(loss, { ...trial.call(), training });
        for (const name of Object.keys(trial.bijection.parameters)) {
          const declared = trial.options.deadParameters?.includes(name) ?? false;
          const size = euclidean(gradients[name]!);
          demand(
            (size === 0) === declared,
            () =>
              `parameter ${name}${training ? " in training" : ""}: expected a gradient ` +
              `${declared ? "of" : "other than"} zero, received one of norm ${size}`,
          );
        }
      }
    } finally {
      loss.dispose();
    }
  },
} as const satisfies Law;
