import { solveInverse } from "@invertible/bijection";
import { dispose } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import { demandWithin } from "../../law-violation.ts";
import type { Law } from "../../law.ts";
import { example, indexOfLargest, relativeErrors, rowsOf, short } from "../../measures/numbers.ts";
import type { Sampler } from "../../trial/options.ts";
import type { Trial } from "../../trial/trial.ts";
import { noInverse } from "../exemptions.ts";

/** One example, an odd number, more: sizes that no layer has seen when it was built. */
const batches = [4, 1, 7];

/** Every input of the law, with words that name it. */
function inputs(typical: Sampler, tails: readonly Sampler[], { random }: Trial): [string, Tensor][] {
  const draw = (sampler: Sampler, batch: number, key: string) =>
    sampler(batch, random.fold("round trip").fold(key));
  return [
    ...batches.map((batch): [string, Tensor] => [
      `a batch of ${batch}`,
      draw(typical, batch, `typical ${batch}`),
    ]),
    ...tails.map((tail, i): [string, Tensor] => [`tail ${i}`, draw(tail, 3, `tail ${i}`)]),
  ];
}

async function compare(trial: Trial, what: string, back: Tensor, original: Tensor): Promise<void> {
  const { roundTrip: allowed } = trial.tolerances;
  const rows = await rowsOf(original);
  const errors = relativeErrors(await rowsOf(back), rows);
  const worst = indexOfLargest(errors);
  const value = errors[worst]!;
  demandWithin(
    trial,
    { what, value, allowed },
    () => `${what}: expected an error <= ${short(allowed)}, received ${short(value)}`,
    () => ({ input: example("the original", rows[worst]!, worst) }),
  );
}

async function forEachInput(given: [string, Tensor][], check: (what: string, x: Tensor) => Promise<void>) {
  try {
    for (const [what, x] of given) await check(what, x);
  } finally {
    dispose(given.map(([, x]) => x));
  }
}

export const roundTrip = {
  name: "round trip",
  statement:
    "inverse and solveInverse take forward(x) back to x, for typical and extreme x, in batches of any size",
  hint: "set `sample` and `tails` to inputs of its domain",
  exempt: noInverse,
  async check(trial) {
    const { bijection, call } = trial;
    await forEachInput(inputs(trial.sample, trial.tails, trial), async (what, x) => {
      const y = bijection.forward(x, call());
      const back = bijection.inverse(y, call());
      await compare(trial, `inverse(forward(x)), ${what}`, back, x);
      const { x: solved } = await solveInverse(bijection, y, call());
      await compare(trial, `solveInverse(forward(x)), ${what}`, solved, x);
      dispose([y, back, solved]);
    });
  },
} as const satisfies Law;

export const inverseRoundTrip = {
  name: "inverse round trip",
  statement: "forward takes inverse(y) and solveInverse(y) back to y",
  hint: "set `sampleOutput` and `outputTails` to outputs that it has",
  exempt: noInverse,
  async check(trial) {
    const { bijection, call } = trial;
    await forEachInput(inputs(trial.sampleOutput, trial.outputTails, trial), async (what, y) => {
      const x = bijection.inverse(y, call());
      const back = bijection.forward(x, call());
      await compare(trial, `forward(inverse(y)), ${what}`, back, y);
      const { x: solved } = await solveInverse(bijection, y, call());
      const again = bijection.forward(solved, call());
      await compare(trial, `forward(solveInverse(y)), ${what}`, again, y);
      dispose([x, back, solved, again]);
    });
  },
} as const satisfies Law;
