import { certify, disposeBijection, enforce, initialise, refresh, solveInverse } from "@invertible/bijection";
import { dispose, memory, valueAndGradients } from "@invertible/ops";
import { conditioned } from "../../trial/conditioned.ts";
import { directions } from "../../trial/direction.ts";
import { methodsOf } from "../evidence/solve-inverse.ts";
import { demand } from "../../law-violation.ts";
import type { Law } from "../../law.ts";
import { probeLoss } from "../../measures/probe-loss.ts";

/** Twice, since a first call may fill a cache; the second must not allocate. */
export async function demandNoLeak(what: string, call: () => unknown): Promise<void> {
  await call();
  const before = memory().numTensors;
  await call();
  const leaked = memory().numTensors - before;
  demand(leaked === 0, `${what}: expected no tensor left, received ${leaked}`);
}

export const leaksLaw = {
  name: "no leaks",
  statement:
    "no tensor is left by forward, inverse, their gradients, solveInverse, initialise, refresh, certify and enforce",
  async check(trial) {
    const { bijection, factory, call } = trial;
    for (const direction of directions(trial)) {
      const input = direction.sample(3, trial.random.fold("leaks"));
      await demandNoLeak(direction.name, () => dispose(Object.values(direction.results(input, call()))));
      await demandNoLeak(`${direction.name} without log-det`, () => dispose(direction.value(input, call())));
      await demandNoLeak(`${direction.name} in training`, () =>
        dispose(Object.values(direction.results(input, { ...call(), training: true }))),
      );
      const loss = probeLoss(trial, direction, 3, "value and log-det");
      await demandNoLeak(`gradient of ${direction.name}`, () => {
        const result = valueAndGradients(
          () => loss.tensor({ ...call(), training: true }),
          Object.values(loss.variables),
        );
        dispose([result.value, ...result.gradients]);
      });
      loss.dispose();
      if (direction.name === "inverse")
        for (const method of methodsOf(trial))
          for (const maxIterations of [10_000, 2])
            await demandNoLeak(
              `solveInverse, method ${method ?? "by default"}, at most ${maxIterations} iterations`,
              async () => {
                const options = { maxIterations, ...(method !== undefined && { method }) };
                dispose((await solveInverse(bijection, input, { ...call(), ...options, onCap: "return" })).x);
              },
            );
      dispose(input);
    }
    const x = trial.sample(16, trial.random.fold("start"));
    // Data-dependent starts happen once: the second call must be that of another layer.
    const twins = [await factory(), await factory()];
    const starts = twins.map((twin) => () => initialise(conditioned(twin, trial.conditions), x, call()));
    await demandNoLeak("initialise", () => starts.shift()?.());
    twins.forEach(disposeBijection);
    await demandNoLeak("refresh by iterations", () => refresh(bijection, { iterations: 2 }));
    await demandNoLeak("refresh by tolerance", () => refresh(bijection, { tolerance: 1e-3 }));
    await demandNoLeak("certify", () => certify(bijection));
    await demandNoLeak("enforce", () => enforce(bijection));
    dispose(x);
  },
} as const satisfies Law;
