import { layersOf, solveInverse } from "@invertible/bijection";
import type { InverseEvidence, SolveOptions } from "@invertible/bijection";
import { dispose, peakBytes, sizeOf, sum, tensor, valueAndGradients } from "@invertible/ops";
import { demand, demandWithin } from "../../law-violation.ts";
import type { Law } from "../../law.ts";
import { difference, euclidean, example, numbersOf, rowsOf, short } from "../../measures/numbers.ts";
import { forwardOf, inverseOf } from "../../trial/direction.ts";
import type { Direction } from "../../trial/direction.ts";
import { withTwin } from "../../trial/twins.ts";
import type { Sampler } from "../../trial/options.ts";
import type { Trial } from "../../trial/trial.ts";
import { noInverse } from "../exemptions.ts";
import { demandForm, iterativePaths } from "./entry.ts";

/** Loose ones too: there the error is far above rounding, so a bound that is too small shows. */
const toleranceLevels = [1e-1, 1e-2, 1e-3];
/** Of forward in float32, carried through an inverse that stretches it up to 1/(1 - L) times. */
const rounding = 2e-6;

export const solveInverseLaw = {
  name: "solveInverse",
  statement:
    "an iterative inverse gives evidence that is true, by every method, near 0 and far out: each row's error bound bounds, and " +
    "what has converged is within the tolerance; an analytic one gives none; numbers that are none and errors are not swallowed",
  hint: "set `sample` and `tails` to inputs of its domain",
  exempt: noInverse,
  async check(trial) {
    await checkErrorsArrive(trial);
    if (trial.bijection.traits.inverse === "analytic") {
      await checkAnalytic(trial);
      return checkIsFormula(trial);
    }
    for (const method of methodsOf(trial)) {
      for (const tolerance of toleranceLevels)
        await checkTruth(trial, trial.sample, `tolerance ${tolerance}`, {
          tolerance,
          ...(method && { method }),
        });
      for (const [i, tail] of trial.tails.entries())
        await checkTruth(trial, tail, `tail ${i}, tolerance 0.01`, {
          tolerance: 1e-2,
          onCap: "return",
          ...(method && { method }),
        });
    }
    await checkPaths(trial);
    await checkNaN(trial);
  },
} as const satisfies Law;

/** Each layer's own default, and every method that any of them knows. */
export function methodsOf({ bare }: Trial): (string | undefined)[] {
  return [undefined, ...new Set(layersOf(bare).flatMap(({ layer }) => layer.solver?.methods ?? []))];
}

async function checkAnalytic({ bijection, sampleOutput, random, call }: Trial): Promise<void> {
  const y = sampleOutput(2, random.fold("solve"));
  const { x, evidence } = await solveInverse(bijection, y, call());
  dispose([x, y]);
  demand(
    evidence.length === 0,
    `expected no evidence of an analytic inverse, received ${evidence.length} entries`,
  );
}

/** A formula may need one pass for each feature, as that of an autoregressive layer; what keeps far more is an iteration. */
async function checkIsFormula(trial: Trial): Promise<void> {
  const keptBy = async (direction: Direction) => {
    const input = direction.sample(64, trial.random.fold("memory"));
    const { peakBytes: bytes } = await peakBytes(() => {
      const { value, gradients } = valueAndGradients(() => sum(direction.value(input, trial.call())), [
        input,
      ] as never);
      dispose([value, ...gradients]);
    });
    dispose(input);
    return bytes;
  };
  const allowed = 16 + 4 * sizeOf(trial.bijection.inputShape);
  const ratio = (await keptBy(inverseOf(trial))) / (await keptBy(forwardOf(trial)));
  demandWithin(
    trial,
    { what: "memory of the inverse's gradient, beside forward's", value: ratio, allowed },
    () =>
      `traits.inverse: expected "iterative" of an inverse whose gradient keeps ${Math.round(ratio)} times the memory of forward's, ` +
      `as a fixed number of steps does, received "analytic"`,
    { hint: "set `skip` with the reason" },
  );
}

/** Solves for forward(x), of which x is the truth, and holds the evidence against it. Returns the evidence. */
export async function checkTruth(
  trial: Trial,
  sample: Sampler,
  what: string,
  options: SolveOptions & { readonly tolerance: number },
  batch = 5,
): Promise<readonly InverseEvidence[]> {
  const { bare, bijection, random, call } = trial;
  const { tolerance, method, onCap } = options;
  const x = sample(batch, random.fold("solve"));
  const y = bijection.forward(x, call());
  const { x: solved, evidence } = await solveInverse(bijection, y, { ...call(), ...options });
  const [truth, images, found] = [await rowsOf(x), await rowsOf(y), await rowsOf(solved)];
  dispose([x, y, solved]);
  const where = `${what}, method ${method ?? "by default"}`;
  demand(evidence.length > 0, `${where}: expected evidence of an iterative inverse, received none`);
  for (const entry of evidence) {
    demandForm(bare, entry, { tolerance, method, batch: truth.length, what: where });
    demand(
      entry.converged || onCap === "return",
      () => `${where}, ${entry.layer}: expected convergence or an error, received ${JSON.stringify(entry)}`,
    );
  }
  // In a composite, other layers stretch the error between here and x: only a single layer's bound is about x.
  if (evidence.length > 1 || evidence[0]!.path !== "") return evidence;
  truth.forEach((row, i) => {
    const { errorBound, converged, residual } = evidence[0]!.rows[i]!;
    const error = euclidean(difference(found[i]!, row));
    const room = rounding * Math.max(1, euclidean(row), euclidean(images[i]!));
    const details = () => ({ input: example("x", row, i) });
    demandWithin(
      trial,
      { what: `error beside its bound, ${where}`, value: error, allowed: errorBound + room },
      () => `${where}: expected an error within the bound ${short(errorBound)}, received ${short(error)}`,
      details,
    );
    if (converged)
      demandWithin(
        trial,
        { what: `error beside the tolerance, ${where}`, value: error, allowed: tolerance + room },
        () => `${where}: expected what has converged to be within ${tolerance}, received ${short(error)}`,
        details,
      );
    demand(
      residual > 0 || error <= 1e-3 + room,
      () => `${where}: expected a residual above 0 beside an error of ${short(error)}, received 0`,
    );
  });
  return evidence;
}

/** Every iterative layer is heard, under the path that the caller gave. */
async function checkPaths({ bare, bijection, sample, random, call }: Trial): Promise<void> {
  const x = sample(2, random.fold("paths"));
  const y = bijection.forward(x, call());
  const { x: solved, evidence } = await solveInverse(bijection, y, { ...call(), trace: { path: "outer" } });
  dispose([x, y, solved]);
  const received = evidence.map(({ path }) => path).sort();
  const expected = iterativePaths(bare).map((path) => (path === "" ? "outer" : `outer.${path}`));
  // A composite whose parts nobody can see may have any number of them.
  const hidden =
    bare.parts.length === 0 && received.every((path) => path === "outer" || path.startsWith("outer."));
  demand(
    hidden || JSON.stringify(received) === JSON.stringify(expected.sort()),
    `within the path "outer": expected evidence of ${expected.join(", ")}, received ${received.join(", ")}`,
  );
}

async function checkNaN({ bijection, sampleOutput, random, call }: Trial): Promise<void> {
  const clean = sampleOutput(3, random.fold("not a number"));
  const numbers = await numbersOf(clean);
  numbers[0] = NaN;
  const y = tensor(numbers, clean.shape);
  const solved = await solveInverse(bijection, y, { ...call(), onCap: "return", maxIterations: 50 }).catch(
    () => undefined,
  );
  dispose([clean, y]);
  if (solved === undefined) return;
  const [first] = await rowsOf(solved.x);
  dispose(solved.x);
  demand(
    !first!.every(Number.isFinite) || solved.evidence.some(({ rows }) => rows[0]?.converged === false),
    "y with NaN in its first row: expected an error, NaN, or a row that has not converged, received numbers that claim to have",
  );
}

/** Of a bijection whose parameter is gone: where forward throws, no inverse may go on as if nothing had happened. */
async function checkErrorsArrive(trial: Trial): Promise<void> {
  const y = trial.sampleOutput(2, trial.random.fold("broken"));
  const x = trial.sample(2, trial.random.fold("broken"));
  await withTwin(trial, async ({ bare, bijection, call }) => {
    const [parameter] = Object.values(bare.parameters);
    if (parameter === undefined) return;
    parameter.dispose();
    const throws = async (run: () => unknown) => {
      try {
        await run();
        return false;
      } catch {
        return true;
      }
    };
    if (!(await throws(() => dispose(bijection.forward(x, call()))))) return;
    if (!(await throws(() => dispose(bijection.inverse(y, call()))))) return;
    demand(
      await throws(async () => dispose((await solveInverse(bijection, y, call())).x)),
      "solveInverse of a bijection whose parameter was freed: expected the error that forward and inverse throw, received a result",
    );
  });
  dispose([x, y]);
}
