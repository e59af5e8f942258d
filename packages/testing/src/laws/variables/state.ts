import { certify, refresh, solveInverse } from "@invertible/bijection";
import { dispose, valueAndGradients } from "@invertible/ops";
import { directions } from "../../trial/direction.ts";
import { demand } from "../../law-violation.ts";
import type { Law } from "../../law.ts";
import { bitEqual } from "../../measures/numbers.ts";
import { probeLoss } from "../../measures/probe-loss.ts";
import { snapshot } from "../../trial/twins.ts";
import { demandStillInverts } from "../still-inverts.ts";

export const stateLaw = {
  name: "state",
  statement:
    "calls change neither parameters nor state: not forward, inverse, gradients, solveInverse or certify, in any mode",
  async check(trial) {
    const before = await snapshot(trial.bare);
    for (const direction of directions(trial)) {
      const input = direction.sample(3, trial.random.fold("state"));
      for (const training of [false, true]) {
        const loss = probeLoss(trial, direction, 3, "value and log-det");
        dispose(Object.values(direction.results(input, { ...trial.call(), training })));
        const result = valueAndGradients(
          () => loss.tensor({ ...trial.call(), training }),
          Object.values(loss.variables),
        );
        dispose([result.value, ...result.gradients]);
        loss.dispose();
      }
      if (direction.name === "inverse")
        dispose((await solveInverse(trial.bijection, input, { ...trial.call(), onCap: "return" })).x);
      dispose(input);
    }
    await certify(trial.bijection);
    const after = await snapshot(trial.bare);
    for (const [name, values] of before)
      demand(bitEqual(values, after.get(name)!), `${name}: expected no call to change it`);
  },
} as const satisfies Law;

export const refreshLaw = {
  name: "refresh",
  statement: "refresh changes state only, and leaves a layer that still inverts",
  async check(trial) {
    const before = await snapshot(trial.bare);
    await refresh(trial.bijection, { iterations: 3 });
    await refresh(trial.bijection, { tolerance: 1e-4 });
    const after = await snapshot(trial.bare);
    for (const name of Object.keys(trial.bijection.parameters))
      demand(
        bitEqual(before.get(name)!, after.get(name)!),
        `parameter ${name}: expected refresh to leave it`,
      );
    for (const [name, values] of after)
      demand(values.every(Number.isFinite), `${name}: expected finite numbers after refresh`);
    const x = trial.sample(5, trial.random.fold("refresh"));
    await demandStillInverts(trial, x, "refresh");
    dispose(x);
  },
} as const satisfies Law;
