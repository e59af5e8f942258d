import { dispose } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import { directions } from "../../trial/direction.ts";
import type { Direction } from "../../trial/direction.ts";
import { demand } from "../../law-violation.ts";
import type { Law } from "../../law.ts";
import { checkPartKeys } from "./part-keys.ts";
import { bitEqual, numbersOf } from "../../measures/numbers.ts";
import type { Trial } from "../../trial/trial.ts";

async function evaluate(direction: Direction, x: Tensor, trial: Trial, key: number) {
  const results = direction.results(x, trial.call(key));
  const { value, logDet } = results;
  const numbers = { value: await numbersOf(value), ...(logDet && { logDet: await numbersOf(logDet) }) };
  dispose(Object.values(results));
  return numbers;
}

/** Runs `check` on one batch for each direction. */
async function forEachDirection(trial: Trial, check: (direction: Direction, x: Tensor) => Promise<void>) {
  for (const direction of directions(trial)) {
    const x = direction.sample(3, trial.random.fold("determinism"));
    try {
      await check(direction, x);
    } finally {
      dispose(x);
    }
  }
}

export const determinismLaw = {
  name: "determinism",
  statement: "the same call gives the same bits, twice in a row and after a call with another one",
  check: (trial) =>
    forEachDirection(trial, async (direction, x) => {
      const first = await evaluate(direction, x, trial, 0);
      await evaluate(direction, x, trial, 1);
      const again = await evaluate(direction, x, trial, 0);
      demand(bitEqual(first.value, again.value), `${direction.name}'s value: expected the same bits again`);
      if (first.logDet)
        demand(
          bitEqual(first.logDet, again.logDet!),
          `${direction.name}'s log-det: expected the same bits again`,
        );
    }),
} as const satisfies Law;

export const keysLaw = {
  name: "keys",
  statement:
    "only what is declared random depends on the key: stochastic values, estimated log-dets; every part of a composite gets a key of its own",
  async check(trial) {
    await checkPartKeys(trial);
    await forEachDirection(trial, async (direction, x) => {
      const [one, other] = [await evaluate(direction, x, trial, 0), await evaluate(direction, x, trial, 1)];
      const sameValue = bitEqual(one.value, other.value);
      if (trial.stochastic) {
        const declared = direction.name === "inverse" || !sameValue;
        demand(declared, "forward's value: expected it to depend on the key, as declared");
        return;
      }
      demand(sameValue, `${direction.name}'s value: expected no dependence on the key`);
      if (trial.bijection.traits.logDet === "exact")
        demand(
          bitEqual(one.logDet!, other.logDet!),
          `${direction.name}'s log-det: expected no dependence on the key`,
        );
    });
  },
} as const satisfies Law;

export const valueAloneLaw = {
  name: "value alone",
  statement: "forward and inverse give the same bits as forwardAndLogDet and inverseAndLogDet, traced or not",
  check: (trial) =>
    forEachDirection(trial, async (direction, x) => {
      const full = await evaluate(direction, x, trial, 0);
      const alone = direction.value(x, trial.call(0));
      const values = await numbersOf(alone);
      dispose(alone);
      demand(
        bitEqual(values, full.value),
        `${direction.name}: expected the same bits with and without a log-det, received others`,
      );
      const trace = { path: "3.inner", observe: () => undefined };
      const traced = direction.value(x, { ...trial.call(0), trace });
      const seen = await numbersOf(traced);
      dispose(traced);
      demand(
        bitEqual(seen, full.value),
        `${direction.name}: expected the same bits when it is traced, received others`,
      );
    }),
} as const satisfies Law;
