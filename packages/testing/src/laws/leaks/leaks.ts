import { certify, disposeBijection, enforce, initialise, refresh, solveInverse } from "@invertible/bijection";
import { dispose, memory, valueAndGradients } from "@invertible/ops";
import { conditioned } from "../../trial/conditioned.ts";
import { directions } from "../../trial/direction.ts";
import { demand } from "../../law-violation.ts";
import type { Law } from "../../law.ts";
import { probeLoss } from "../../measures/probe-loss.ts";
import type { Trial } from "../../trial/trial.ts";

/** Twice, since a first call may fill a cache; the second must not allocate. */
async function demandNoLeak(what: string, call: () => unknown): Promise<void> {
  await call();
  const before = memory().numTensors;
  await call();
  const leaked = memory().numTensors - before;
  demand(leaked === 0, `${what}: expected no tensor left, received ${leaked}`);
}

async function swallow(call: () => unknown): Promise<void> {
  try {
    await call();
  } catch {
    return;
  }
  demand(false, "expected the observer's error to reach the caller");
}

export const leaksLaw = {
  name: "no leaks",
  statement:
    "no tensor is left by forward, inverse, their gradients, solveInverse, initialise, refresh, certify and enforce",
  async check(trial) {
    const { bijection, factory, call } = trial;
    for (const direction of directions(trial)) {
      const input = direction.sample(3, trial.random.fold("leaks"));
      await demandNoLeak(direction.name, () => dispose(Object.values(direction.both(input, call()))));
      await demandNoLeak(`${direction.name} without log-det`, () => dispose(direction.value(input, call())));
      await demandNoLeak(`${direction.name} in training`, () =>
        dispose(Object.values(direction.both(input, { ...call(), training: true }))),
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
        await demandNoLeak("solveInverse", async () =>
          dispose((await solveInverse(bijection, input, { ...call(), onCap: "return" })).x),
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

export const leaksOnErrorsLaw = {
  name: "no leaks on errors",
  statement: "no tensor is left by a call that throws: a wrong shape, an observer that throws at any point",
  async check(trial) {
    for (const direction of directions(trial)) {
      const input = direction.sample(3, trial.random.fold("leaks"));
      const observations = await countObservations(trial, direction.name, input);
      for (let at = 0; at < observations; at++)
        await demandNoLeak(`${direction.name} that throws at observation ${at}`, () =>
          swallow(() =>
            direction.both(input, { ...trial.call(), trace: { path: "", observe: throwAt(at) } }),
          ),
        );
      if (direction.name === "inverse")
        for (let at = 0; at < observations; at++)
          await demandNoLeak(`solveInverse that throws at observation ${at}`, () =>
            solveInverse(trial.bijection, input, {
              ...trial.call(),
              onCap: "return",
              trace: { path: "", observe: throwAt(at) },
            })
              .then(({ x }) => dispose(x))
              .catch(() => undefined),
          );
      const loss = probeLoss(trial, direction, 3, "value and log-det");
      await demandNoLeak(`gradient of ${direction.name} that throws`, () =>
        swallow(() =>
          valueAndGradients(
            () => loss.tensor({ ...trial.call(), trace: { path: "", observe: throwAt(observations - 1) } }),
            Object.values(loss.variables),
          ),
        ),
      );
      loss.dispose();
      dispose(input);
    }
  },
} as const satisfies Law;

function throwAt(observation: number): () => void {
  let seen = 0;
  return () => {
    if (seen++ === observation) throw new Error("thrown by the observer");
  };
}

async function countObservations(
  trial: Trial,
  name: "forward" | "inverse",
  input: Parameters<typeof dispose>[0],
) {
  let count = 0;
  const call = { ...trial.call(), trace: { path: "", observe: () => void count++ } };
  const direction = directions(trial).find((d) => d.name === name)!;
  dispose(Object.values(direction.both(input as never, call)));
  demand(count > 0, `${name}: expected observe to be called`);
  return count;
}
