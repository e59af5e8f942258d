import { solveInverse } from "@invertible/bijection";
import type { Call } from "@invertible/bijection";
import { dispose, mul, ones, tidy } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import { LawViolation, demand } from "../../law-violation.ts";
import type { Law } from "../../law.ts";
import { bitEqual, relativeError, rowsOf } from "../../measures/numbers.ts";
import { directions } from "../../trial/direction.ts";
import type { Direction } from "../../trial/direction.ts";
import type { Trial } from "../../trial/trial.ts";
import { noConditions } from "../exemptions.ts";

/** Small, and so large that a loop over parts of the batch would show. */
const batches = [4, 140];
/** Draws of other conditions, since one alone may by chance make no difference. */
const draws = 3;
/** One row may be mapped before it is repeated, and so rounded in another order. */
const sameCondition = 1e-5;

export const conditionsLaw = {
  name: "conditions",
  statement:
    "every example's result depends on its condition, in both directions; a condition of one row holds for the whole batch; a missing " +
    "condition and one of another number of rows are errors",
  hint: "read it by `readCondition`; leave out `condition`, if it needs none, or set `skip` with the reason",
  exempt: noConditions,
  async check(trial) {
    for (const direction of directions(trial)) {
      for (const batch of batches) await checkRead(trial, direction, batch);
      await checkMissing(trial, direction);
      if (trial.conditions!.shared) continue;
      await checkRows(trial, direction);
      await checkOneRow(trial, direction);
    }
  },
} as const satisfies Law;

/** Every row of value and log-det, where there is one, given these conditions. */
async function resultsOf(
  trial: Trial,
  direction: Direction,
  x: Tensor,
  condition: Tensor,
): Promise<Float32Array[]> {
  const results = Object.values(direction.results(x, { ...trial.call(), condition }));
  const rows = await Promise.all(results.map(rowsOf));
  dispose(results);
  return rows[0]!.map((_, i) => Float32Array.from(rows.flatMap((each) => [...each[i]!])));
}

async function checkRead(trial: Trial, direction: Direction, batch: number): Promise<void> {
  const conditions = trial.conditions!;
  const x = direction.sample(batch, trial.random.fold("conditions"));
  const own = conditions.of(batch);
  const expected = await resultsOf(trial, direction, x, own);
  const ownRows = await rowsOf(own);
  const unread = new Set(expected.keys());
  const different = new Set<number>();
  for (let draw = 0; draw < draws; draw++) {
    const other = conditions.others(`others ${draw}`, batch);
    const otherRows = await rowsOf(other);
    const received = await resultsOf(trial, direction, x, other);
    dispose(other);
    for (const i of expected.keys()) {
      const at = conditions.shared ? 0 : i;
      if (!bitEqual(ownRows[at]!, otherRows[at]!)) different.add(i);
      if (!bitEqual(expected[i]!, received[i]!)) unread.delete(i);
    }
  }
  dispose([x, own]);
  // Rows whose conditions happened to be equal in all draws, as classes may be, say nothing.
  const ignored = [...unread].filter((i) => different.has(i));
  demand(
    ignored.length === 0,
    () =>
      `${direction.name}, a batch of ${batch}: expected every example's result to depend on its condition, ` +
      `received ${ignored.length} that do not, the first example ${ignored[0]}`,
  );
}

type Run = (x: Tensor, call: Call) => unknown;

/** Every way to ask for this direction of the layer itself, which gets no conditions from the kit. */
function runs({ bare }: Trial, { name }: Direction): Record<string, Run> {
  const method = `${name}AndLogDet` as const;
  const alone: Run = (input, call) => dispose(bare[name](input, call));
  const withLogDet: Run = (input, call) => dispose(Object.values(bare[method](input, call)));
  const both = { [name]: alone, ...(bare.traits.logDet !== "none" && { [method]: withLogDet }) };
  if (name === "forward") return both;
  return {
    ...both,
    solveInverse: async (y, call) => dispose((await solveInverse(bare, y, call)).x),
  };
}

async function throws(run: () => unknown): Promise<boolean> {
  try {
    await run();
    return false;
  } catch {
    return true;
  }
}

async function checkMissing(trial: Trial, direction: Direction): Promise<void> {
  const x = direction.sample(3, trial.random.fold("missing"));
  for (const [method, run] of Object.entries(runs(trial, direction)))
    demand(
      await throws(() => run(x, trial.call())),
      `${method} without a condition: expected an error, received a result`,
    );
  dispose(x);
}

async function checkRows(trial: Trial, direction: Direction): Promise<void> {
  const x = direction.sample(3, trial.random.fold("rows"));
  for (const rows of [2, 4]) {
    const condition = trial.conditions!.of(rows);
    for (const [method, run] of Object.entries(runs(trial, direction)))
      demand(
        await throws(() => run(x, { ...trial.call(), condition })),
        `${method} of 3 examples with a condition of ${rows} rows: expected an error, received a result`,
      );
    dispose(condition);
  }
  dispose(x);
}

async function checkOneRow(trial: Trial, direction: Direction): Promise<void> {
  const batch = 3;
  const x = direction.sample(batch, trial.random.fold("one row"));
  const row = trial.conditions!.of(1);
  const repeated = tidy(() => mul(ones([batch, ...row.shape.slice(1).map(() => 1)]), row));
  const what = `${direction.name} of ${batch} examples with a condition of one row`;
  try {
    const expected = await resultsOf(trial, direction, x, repeated);
    const received = await resultsOf(trial, direction, x, row).catch((error: unknown) => {
      const said = error instanceof Error ? error.message : String(error);
      throw new LawViolation(
        `${what}: expected the same as with this row for each, received the error "${said}"`,
      );
    });
    const error = relativeError(received, expected);
    demand(
      error <= sameCondition,
      `${what}: expected the same as with this row for each, received a difference of ${error}`,
    );
    const solve = runs(trial, direction)["solveInverse"];
    demand(
      solve === undefined || !(await throws(() => solve(x, { ...trial.call(), condition: row }))),
      `solveInverse of ${batch} examples with a condition of one row: expected a result, received an error`,
    );
  } finally {
    dispose([x, row, repeated]);
  }
}
