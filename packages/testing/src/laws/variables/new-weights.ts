import { certify, initialise, layersOf, refresh, solveInverse } from "@invertible/bijection";
import { dispose } from "@invertible/ops";
import { demand } from "../../law-violation.ts";
import type { Law } from "../../law.ts";
import { gradientsOf } from "../../measures/gradients-of.ts";
import { bitEqual, numbersOf } from "../../measures/numbers.ts";
import { probeLoss } from "../../measures/probe-loss.ts";
import { directions } from "../../trial/direction.ts";
import { assignAll, hasStarter, snapshot, withTwin } from "../../trial/twins.ts";
import { perturb } from "../../trial/trial.ts";
import type { Trial } from "../../trial/trial.ts";

export const newWeightsLaw = {
  name: "new weights",
  statement:
    "after new values were assigned to parameters and state, a bijection that was used before gives the same bits as a new one with " +
    "these values, by every method; so does `refresh`",
  hint: "keep what `refresh` computes in `state`, or set `perturbation`, if its parameters may not move freely",
  async check(trial) {
    const { bare, options, random } = trial;
    const deviation = 3 * (options.perturbation ?? 0.1);
    // Some caches are filled late.
    for (let use = 0; use < 3; use++) await resultsOf(trial, use === 0);
    await withTwin(trial, async (fresh) => {
      await perturb(fresh.bare, deviation, random.fold("new weights"));
      assignAll(bare, fresh.bare);
      await compare("assigned", trial, fresh, true);
    });
    if (layersOf(bare).some(({ layer }) => layer.lipschitz)) await checkRefresh(trial, deviation);
    if (hasStarter(bare)) await checkLoadedStart(trial);
  },
} as const satisfies Law;

/** From equal variables, refresh does the same in both. */
async function checkRefresh(trial: Trial, deviation: number): Promise<void> {
  const { bare, random } = trial;
  await withTwin(trial, async (fresh) => {
    await perturb(bare, deviation, random.fold("newer weights"));
    assignAll(fresh.bare, bare);
    for (const { bare: each } of [trial, fresh]) await perturbWithoutRefresh(each, trial);
    for (const { bare: each } of [trial, fresh]) await refresh(each, { tolerance: 1e-5 });
    const values = await snapshot(fresh.bare);
    for (const [name, received] of await snapshot(bare))
      demand(
        bitEqual(received, values.get(name)!),
        `${name}: expected refresh to do the same in a bijection that was used before as in a new one, received other numbers`,
      );
    await compare("refreshed", trial, fresh, false);
  });
}

async function perturbWithoutRefresh(bijection: Trial["bare"], { options, random }: Trial): Promise<void> {
  const { lipschitz: _, parts: __, ...rest } = bijection;
  await perturb({ ...rest, parts: [] }, options.perturbation ?? 0.1, random.fold("newest weights"));
}

async function compare(event: string, used: Trial, fresh: Trial, everything: boolean): Promise<void> {
  const expected = await resultsOf(fresh, everything);
  for (const [of, received] of Object.entries(await resultsOf(used, everything)))
    demand(
      received === expected[of],
      `${of} after new values were ${event}: expected the same as of a new bijection with these values, received another`,
    );
}

/** What every method gives, as text that is equal for equal bits. */
async function resultsOf(trial: Trial, everything: boolean): Promise<Record<string, string>> {
  const { bijection, random, call } = trial;
  const results: Record<string, string> = {};
  const text = (numbers: Float32Array) => numbers.join();
  for (const direction of directions(trial)) {
    const x = direction.sample(3, random.fold("new weights input"));
    for (const training of everything ? [false, true] : [false]) {
      const mode = training ? " in training" : "";
      const { value, logDet } = direction.results(x, { ...call(), training });
      results[`${direction.name}'s value${mode}`] = text(await numbersOf(value));
      if (logDet) results[`${direction.name}'s log-det${mode}`] = text(await numbersOf(logDet));
      const alone = direction.value(x, { ...call(), training });
      results[`${direction.name}'s value alone${mode}`] = text(await numbersOf(alone));
      dispose([value, ...(logDet ? [logDet] : []), alone]);
    }
    if (everything) {
      const loss = probeLoss(trial, direction, 2, "value and log-det");
      for (const [name, gradient] of Object.entries(await gradientsOf(loss, call())))
        results[`${direction.name}'s gradient of ${name}`] = text(gradient);
      loss.dispose();
      if (direction.name === "inverse") {
        const { x: solved, evidence } = await solveInverse(bijection, x, { ...call(), onCap: "return" });
        results["solveInverse's x"] = text(await numbersOf(solved));
        results["solveInverse's evidence"] = JSON.stringify(evidence);
        dispose(solved);
      }
    }
    dispose(x);
  }
  if (everything) results["certify"] = JSON.stringify(await certify(bijection));
  return results;
}

/** A bijection with the variables of a started one is started: the flag that says so is state. */
async function checkLoadedStart(trial: Trial): Promise<void> {
  const { sample, random, call } = trial;
  const [first, second] = [sample(24, random.fold("first start")), sample(24, random.fold("second start"))];
  await withTwin(trial, (started) =>
    withTwin(trial, async (loaded) => {
      await initialise(started.bijection, first, call());
      // A first call may read state once and for all.
      await resultsOf(loaded, false);
      assignAll(loaded.bare, started.bare);
      await compare("started from data and then assigned", loaded, started, false);
      await initialise(started.bijection, second, call());
      await initialise(loaded.bijection, second, call());
      const expected = await snapshot(started.bare);
      for (const [name, received] of await snapshot(loaded.bare))
        demand(
          bitEqual(received, expected.get(name)!),
          `${name}: expected initialise to do the same in a bijection with the variables of a started one as in that one, ` +
            `received other numbers; keep the flag "started" in state`,
        );
    }),
  );
  dispose([first, second]);
}
