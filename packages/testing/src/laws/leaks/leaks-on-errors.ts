import { solveInverse } from "@invertible/bijection";
import { dispose, valueAndGradients } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import { demand } from "../../law-violation.ts";
import type { Law } from "../../law.ts";
import { probeLoss } from "../../measures/probe-loss.ts";
import { directions } from "../../trial/direction.ts";
import type { Trial } from "../../trial/trial.ts";
import { demandNoLeak } from "./leaks.ts";

async function swallow(call: () => unknown): Promise<void> {
  try {
    await call();
  } catch {
    return;
  }
  demand(false, "expected the observer's error to reach the caller");
}

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
            direction.results(input, { ...trial.call(), trace: { path: "", observe: throwAt(at) } }),
          ),
        );
      if (direction.name === "inverse") await checkSolve(trial, input);
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

/** Nor does a solver swallow the error. */
async function checkSolve({ bijection, call }: Trial, y: Tensor): Promise<void> {
  let count = 0;
  const solveWith = async (observe: () => void) =>
    dispose(
      (await solveInverse(bijection, y, { ...call(), onCap: "return", trace: { path: "", observe } })).x,
    );
  await solveWith(() => void count++);
  demand(count > 0, "solveInverse: expected observe to be called, received no call");
  // The first and the last ones; a long iteration may report every step.
  const places = Array.from({ length: count }, (_, i) => i).filter((i) => i < 4 || i >= count - 2);
  for (const at of places)
    await demandNoLeak(`solveInverse that throws at observation ${at}`, () =>
      swallow(() => solveWith(throwAt(at))),
    );
}

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
  dispose(Object.values(direction.results(input as never, call)));
  demand(count > 0, `${name}: expected observe to be called`);
  return count;
}
