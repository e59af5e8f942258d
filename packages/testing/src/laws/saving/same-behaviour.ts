import {
  certify,
  collectStateUpdates,
  enforce,
  initialise,
  layersOf,
  refresh,
  solveInverse,
} from "@invertible/bijection";
import type { StateUpdates } from "@invertible/bijection";
import { dispose } from "@invertible/ops";
import type { Variable } from "@invertible/ops";
import { demand } from "../../law-violation.ts";
import { gradientsOf } from "../../measures/gradients-of.ts";
import { bitEqual, numbersOf } from "../../measures/numbers.ts";
import { probeLoss } from "../../measures/probe-loss.ts";
import { directions } from "../../trial/direction.ts";
import type { Results } from "../../trial/direction.ts";
import { snapshot } from "../../trial/twins.ts";
import type { Trial } from "../../trial/trial.ts";

/** Demands the same bits of two bijections with the same variables in everything that reads an option, also in training. */
export async function demandSameResults(
  mine: Trial,
  theirs: Trial,
  event: string,
  modes: readonly boolean[] = [false, true],
): Promise<void> {
  const other = directions(theirs);
  for (const [i, direction] of directions(mine).entries()) {
    const input = direction.sample(3, mine.random.fold("rebuild"));
    for (const training of modes) {
      const call = { ...mine.call(), training };
      const updates = [collectStateUpdates(), collectStateUpdates()] as const;
      const a = direction.results(input, { ...call, stateUpdates: updates[0] });
      const b = other[i]!.results(input, { ...call, stateUpdates: updates[1] });
      for (const [of, result] of Object.entries(a))
        demand(
          bitEqual(await numbersOf(result), await numbersOf(b[of as keyof Results]!)),
          `${direction.name}'s ${of}${training ? " in training" : ""}: expected the same bits from the rebuilt bijection ${event}, received others`,
        );
      const [expected, received] = [
        await proposedState(mine, updates[0]),
        await proposedState(theirs, updates[1]),
      ];
      for (const [name, numbers] of expected)
        demand(
          received.get(name) === numbers,
          `${name} in training: expected the same value from the rebuilt bijection ${event}, received another`,
        );
      dispose([...Object.values(a), ...Object.values(b)]);
    }
    dispose(input);
  }
  demand(
    JSON.stringify(await certify(mine.bijection)) === JSON.stringify(await certify(theirs.bijection)),
    `expected the same certificate from the rebuilt bijection ${event}, received another`,
  );
}

/** What a call in training proposed for the state, as text by name. Empties the collection. */
async function proposedState({ bare }: Trial, updates: StateUpdates): Promise<Map<string, string>> {
  const proposed = new Map<string, string>();
  for (const [name, variable] of Object.entries<Variable>(bare.state)) {
    const next = updates.proposed.get(variable);
    if (next) proposed.set(name, (await numbersOf(next)).join());
  }
  updates.dispose();
  return proposed;
}

export async function demandSameGradients(mine: Trial, theirs: Trial): Promise<void> {
  const other = directions(theirs);
  for (const [i, direction] of directions(mine).entries()) {
    const call = { ...mine.call(), training: true };
    const gradients = async (trial: Trial, of: typeof direction) => {
      const loss = probeLoss(trial, of, 2, "value and log-det");
      try {
        return await gradientsOf(loss, call);
      } finally {
        loss.dispose();
      }
    };
    const expected = await gradients(mine, direction);
    for (const [name, received] of Object.entries(await gradients(theirs, other[i]!)))
      demand(
        bitEqual(received, expected[name]!),
        `${direction.name}'s gradient of ${name} in training: expected the same bits from the rebuilt bijection, received others`,
      );
  }
}

/** By every method, to the solver's own tolerance and at a cap. */
export async function demandSameSolutions(mine: Trial, theirs: Trial): Promise<void> {
  if (mine.bijection.traits.inverse !== "iterative") return;
  const y = mine.sampleOutput(3, mine.random.fold("rebuilt solver"));
  for (const method of [undefined, ...(mine.bijection.solver?.methods ?? [])])
    for (const maxIterations of [undefined, 2]) {
      const text = async ({ bijection, call }: Trial) => {
        const { x, evidence } = await solveInverse(bijection, y, {
          ...call(),
          onCap: "return",
          ...(method !== undefined && { method }),
          ...(maxIterations !== undefined && { maxIterations }),
        });
        const numbers = await numbersOf(x);
        dispose(x);
        return `${numbers.join()} ${JSON.stringify(evidence)}`;
      };
      demand(
        (await text(mine)) === (await text(theirs)),
        `solveInverse, ${method ?? "default"}: expected the same x and evidence from the rebuilt bijection, received others`,
      );
    }
  dispose(y);
}

/** Refresh and enforce, each on both, read options that no call reads. */
export async function demandSameEvents(mine: Trial, theirs: Trial): Promise<void> {
  if (!layersOf(mine.bare).some(({ layer }) => layer.lipschitz)) return;
  const events: Record<string, (trial: Trial) => Promise<unknown>> = {
    refresh: ({ bijection }) => refresh(bijection, { tolerance: 1e-4 }),
    enforce: ({ bijection }) => enforce(bijection),
  };
  for (const [event, run] of Object.entries(events)) {
    await demandSameOutcome(mine, theirs, event, run);
    await demandSameResults(mine, theirs, `after ${event}`, [false]);
  }
}

/** A start of two new bijections, from a batch that varies and from one that does so little. */
export async function demandSameStart(
  mine: Trial,
  theirs: Trial,
  x: Parameters<typeof initialise>[1],
  what: string,
) {
  await demandSameOutcome(mine, theirs, `initialise from ${what}`, ({ bijection, call }) =>
    initialise(bijection, x, call()),
  );
  await demandSameResults(mine, theirs, `after initialise from ${what}`, [false]);
}

async function demandSameOutcome(
  mine: Trial,
  theirs: Trial,
  event: string,
  run: (trial: Trial) => Promise<unknown>,
) {
  const outcome = async (trial: Trial) => {
    try {
      await run(trial);
      return "no error";
    } catch (error) {
      return String(error);
    }
  };
  const [expected, received] = [await outcome(mine), await outcome(theirs)];
  demand(
    expected === received,
    `${event} of the rebuilt bijection: expected ${expected}, received ${received}`,
  );
  const values = await snapshot(mine.bare);
  for (const [name, numbers] of await snapshot(theirs.bare))
    demand(
      bitEqual(numbers, values.get(name)!),
      `${name} after ${event}: expected the same numbers in the rebuilt bijection, received others`,
    );
}
