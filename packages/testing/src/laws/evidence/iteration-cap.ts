import { solveInverse } from "@invertible/bijection";
import { NotConvergedError } from "@invertible/errors";
import { dispose, memory } from "@invertible/ops";
import { demand } from "../../law-violation.ts";
import type { Law } from "../../law.ts";
import { ladder } from "../../trial/hard-values.ts";
import type { Trial } from "../../trial/trial.ts";
import { analyticInverse, either, noInverse } from "../exemptions.ts";
import { checkTruth, methodsOf } from "./solve-inverse.ts";

const tolerance = 1e-4;
/** Among many examples some converge as slowly as the bounds allow. */
const batch = 40;

export const iterationCapLaw = {
  name: "iteration cap",
  statement:
    "maxIterations holds, by every method; a solution that was cut off has true bounds, says so, and is a NotConvergedError where nobody " +
    "asked for it",
  exempt: either(noInverse, analyticInverse),
  async check(trial) {
    for (const method of methodsOf(trial)) {
      const named = method === undefined ? {} : { method };
      const free = await checkTruth(
        trial,
        inputsOf(trial),
        "without a cap",
        { ...named, tolerance, onCap: "return" },
        batch,
      );
      const needed = Math.max(...free.map(({ iterations }) => iterations));
      const caps = new Set([1, 2, 3, 5, Math.floor(needed / 2), needed - 1].filter((cap) => cap >= 1));
      for (const cap of caps) await checkCap(trial, cap, named);
    }
  },
} as const satisfies Law;

/** Far and near beside each other; typical inputs where the layer has a domain of its own. */
function inputsOf({ options, sample, bijection }: Trial) {
  return options.sample || options.tails ? sample : ladder(bijection.inputShape);
}

async function checkCap(
  trial: Trial,
  maxIterations: number,
  named: { readonly method?: string },
): Promise<void> {
  const what = `at a cap of ${maxIterations}`;
  const options = { ...named, tolerance, maxIterations };
  const evidence = await checkTruth(trial, inputsOf(trial), what, { ...options, onCap: "return" }, batch);
  const where = `${what}, method ${named.method ?? "by default"}`;
  for (const { layer, iterations, converged } of evidence) {
    demand(
      iterations <= maxIterations,
      `${where}, ${layer}: expected at most ${maxIterations} iterations, received ${iterations}`,
    );
    demand(
      converged || 2 * iterations >= maxIterations,
      `${where}, ${layer}: expected as many iterations as the cap allows, received ${iterations}`,
    );
  }
  if (evidence.every(({ converged }) => converged)) return;
  const { bijection, random, call } = trial;
  const x = inputsOf(trial)(batch, random.fold("solve"));
  const y = bijection.forward(x, call());
  const before = memory().numTensors;
  const error = await solveInverse(bijection, y, { ...call(), ...options }).then(
    ({ x: result }) => dispose(result),
    (reason: unknown) => reason,
  );
  const leaked = memory().numTensors - before;
  dispose([x, y]);
  demand(NotConvergedError.is(error), `${where}: expected a NotConvergedError, received ${String(error)}`);
  demand(leaked === 0, `${where}: expected no tensor left, received ${leaked}`);
}
