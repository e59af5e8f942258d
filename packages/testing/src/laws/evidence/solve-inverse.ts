import { layersOf, solveInverse } from "@invertible/bijection";
import type { InverseEvidence } from "@invertible/bijection";
import { NotConvergedError, dispose, memory } from "@invertible/ops";
import { demand } from "../../law-violation.ts";
import type { Law } from "../../law.ts";
import { difference, euclidean, rowsOf, short } from "../../measures/numbers.ts";
import type { Trial } from "../../trial/trial.ts";
import { noInverse } from "../exemptions.ts";

/** Loose ones too: there the error is far above rounding, so a bound that is too small shows. */
const toleranceLevels = [1e-1, 1e-2, 1e-3];

export const solveInverseLaw = {
  name: "solveInverse",
  statement:
    "an iterative inverse gives evidence that is true, by every method: each row's error bound bounds, and the iteration cap " +
    "is not silent",
  exempt: noInverse,
  async check(trial) {
    if (trial.bijection.traits.inverse === "analytic") return checkAnalytic(trial);
    // Each layer's own default, and every method that any of them knows.
    const named = layersOf(trial.bijection).flatMap(({ layer }) => layer.solver?.methods ?? []);
    for (const method of [undefined, ...new Set(named)])
      for (const tolerance of toleranceLevels) await checkBound(trial, tolerance, method);
    await checkCap(trial);
  },
} as const satisfies Law;

async function checkAnalytic({ bijection, sampleOutput, random, call }: Trial): Promise<void> {
  const y = sampleOutput(2, random.fold("solve"));
  const { x, evidence } = await solveInverse(bijection, y, call());
  dispose([x, y]);
  demand(
    evidence.length === 0,
    `expected no evidence of an analytic inverse, received ${evidence.length} entries`,
  );
}

async function checkBound(trial: Trial, tolerance: number, method: string | undefined) {
  const { bijection, random, call } = trial;
  const x = trial.sample(5, random.fold("solve"));
  const y = bijection.forward(x, call());
  const { x: solved, evidence } = await solveInverse(bijection, y, {
    ...call(),
    tolerance,
    ...(method && { method }),
  });
  const [truth, found] = [await rowsOf(x), await rowsOf(solved)];
  dispose([x, y, solved]);
  demand(evidence.length > 0, "expected evidence of an iterative inverse, received none");
  for (const entry of evidence) checkEntry(entry, tolerance, truth.length);
  // In a composite, other layers stretch the error between here and x: only a single layer's bound is about x.
  if (evidence.length > 1 || evidence[0]!.path !== "") return;
  truth.forEach((row, i) => {
    const { errorBound } = evidence[0]!.rows[i]!;
    const error = euclidean(difference(found[i]!, row));
    const allowed = errorBound + rounding * Math.max(1, euclidean(row));
    demand(
      error <= allowed,
      () =>
        `tolerance ${tolerance}, ${method ?? "default"}, example ${i}: expected an error within the bound ${short(errorBound)}, received ${short(error)}`,
    );
  });
}

/** Of forward in float32, carried through an inverse that stretches it up to 1/(1 - L) times. */
const rounding = 2e-6;

function checkEntry(entry: InverseEvidence, tolerance: number, batch: number): void {
  const { iterations, residual, errorBound, converged, layer, lipschitz, rows } = entry;
  demand(converged, `${layer}: expected convergence to ${tolerance}, received ${JSON.stringify(entry)}`);
  demand(
    Number.isInteger(iterations) && iterations >= 1,
    `${layer}: expected iterations >= 1, received ${iterations}`,
  );
  demand(residual >= 0 && Number.isFinite(residual), `${layer}: expected a residual, received ${residual}`);
  demand(
    errorBound >= 0 && errorBound <= tolerance,
    `${layer}: expected an error bound <= ${tolerance}, received ${errorBound}`,
  );
  demand(
    lipschitz === undefined || (lipschitz >= 0 && lipschitz < 1),
    `${layer}: expected a Lipschitz constant in [0, 1), or none where the method is no contraction, received ${lipschitz}`,
  );
  demand(rows.length === batch, `${layer}: expected evidence of ${batch} rows, received ${rows.length}`);
  for (const of of ["iterations", "residual", "errorBound"] as const)
    demand(
      entry[of] === Math.max(...rows.map((row) => row[of])),
      () => `${layer}: expected ${of} to be the largest of the rows, received ${JSON.stringify(entry)}`,
    );
  demand(
    rows.every((row) => row.converged),
    () => `${layer}: expected every row to have converged, received ${JSON.stringify(rows)}`,
  );
}

async function checkCap({ bijection, sample, random, call }: Trial): Promise<void> {
  const x = sample(3, random.fold("cap"));
  const y = bijection.forward(x, call());
  const capped = { ...call(), tolerance: 1e-4, maxIterations: 1 };
  const before = memory().numTensors;
  const error = await solveInverse(bijection, y, capped).then(
    ({ x: result }) => dispose(result),
    (reason: unknown) => reason,
  );
  const leaked = memory().numTensors - before;
  demand(
    NotConvergedError.is(error),
    `at the iteration cap: expected a NotConvergedError, received ${String(error)}`,
  );
  demand(leaked === 0, `at the iteration cap: expected no tensor left, received ${leaked}`);
  const { x: unfinished, evidence } = await solveInverse(bijection, y, { ...capped, onCap: "return" });
  dispose([x, y, unfinished]);
  demand(
    evidence.some(({ converged }) => !converged),
    `at the iteration cap, onCap "return": expected converged: false, received ${JSON.stringify(evidence)}`,
  );
}
