import { UnsupportedError } from "@invertible/errors";
import { dispose } from "@invertible/ops";
import { demand } from "../../law-violation.ts";
import type { Law } from "../../law.ts";
import { directions } from "../../trial/direction.ts";
import { demandNoLeak } from "../leaks/leaks.ts";

export const noLogDetLaw = {
  name: "no log-det",
  statement:
    "where the trait says that there is no log-det, forwardAndLogDet and inverseAndLogDet throw an UnsupportedError that names the layer, " +
    "and leave no tensor; a bias is not stated either",
  hint: "set the trait `logDet`, if it has one",
  exempt: ({ bijection }) => (bijection.traits.logDet === "none" ? undefined : "it has a log-det"),
  async check(trial) {
    const { bijection, call } = trial;
    const { logDetBias } = bijection.traits;
    demand(
      logDetBias === 0,
      `traits.logDetBias: expected 0 where there is no log-det, received ${logDetBias}`,
    );
    for (const direction of directions(trial)) {
      const method = `${direction.name}AndLogDet` as const;
      const input = direction.sample(3, trial.random.fold("no log-det"));
      let outcome: unknown;
      try {
        await demandNoLeak(method, () => {
          outcome = outcomeOf(() => dispose(Object.values(bijection[method](input, call()))));
        });
      } finally {
        dispose(input);
      }
      demand(
        UnsupportedError.is(outcome),
        () => `${method}: expected an UnsupportedError, received ${String(outcome)}`,
      );
      demand(
        outcome.message.includes(bijection.name),
        `${method}: expected a message with "${bijection.name}", received "${outcome.message}"`,
      );
    }
  },
} as const satisfies Law;

function outcomeOf(run: () => void): unknown {
  try {
    run();
    return "a result";
  } catch (error) {
    return error;
  }
}
