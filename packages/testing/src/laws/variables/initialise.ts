import { initialise } from "@invertible/bijection";
import { concat, dispose, reshape, slice, tidy } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import { demand } from "../../law-violation.ts";
import type { Law } from "../../law.ts";
import { bitEqual, demandFinite } from "../../measures/numbers.ts";
import { slicedRows } from "../../trial/rows.ts";
import { snapshot, withTwin } from "../../trial/twins.ts";
import type { Trial } from "../../trial/trial.ts";
import { demandStillInverts } from "../still-inverts.ts";

const batch = 32;

export const initialiseLaw = {
  name: "initialise",
  statement:
    "after a start from a batch all variables are finite, and the bijection still inverts; a start repeats, a second one with the " +
    "same batch changes nothing, and a batch that does not vary is an error or a finite start",
  async check(trial) {
    const { bare, bijection, random, call } = trial;
    const x = trial.sample(batch, random.fold("initialise"));
    try {
      await initialise(bijection, x, call());
      const started = await snapshot(bare);
      for (const [name, values] of started) demandFinite(`${name} after initialise`, values);
      await demandStillInverts(trial, x, "initialise");
      await initialise(bijection, x, call());
      await demandUnchanged(trial, started, "a second start with the same batch to change nothing");
      await checkRepeats(trial, x);
      for (const [what, input] of Object.entries(poorBatches(x)))
        try {
          await checkPoorBatch(trial, what, input);
        } finally {
          dispose(input);
        }
    } finally {
      dispose(x);
    }
  },
} as const satisfies Law;

async function demandUnchanged({ bare }: Trial, before: ReadonlyMap<string, Float32Array>, what: string) {
  for (const [name, values] of await snapshot(bare))
    demand(bitEqual(values, before.get(name)!), `${name}: expected ${what}, received other numbers`);
}

async function checkRepeats(trial: Trial, x: Tensor): Promise<void> {
  await withTwin(trial, async (one) => {
    await initialise(one.bijection, x, trial.call());
    const started = await snapshot(one.bare);
    await withTwin(trial, async (other) => {
      await initialise(other.bijection, x, trial.call());
      await demandUnchanged(other, started, "the same start of two new bijections from one batch");
    });
  });
}

/** Batches from which a mean or a variance is hard to take: one example, equal examples, one feature that does not vary. */
function poorBatches(x: Tensor): Record<string, Tensor> {
  return tidy(() => {
    const first = slicedRows(x, 0, 1);
    const size = x.size / batch;
    const [one, rows] = [reshape(first, [1, size]), reshape(x, [batch, size])];
    const column = (from: Tensor, begin: number, end: number) =>
      slice(from, [0, begin], [from.shape[0]!, end - begin]);
    const repeated = concat(Array<Tensor>(batch).fill(one), 0);
    const oneConstant = size === 1 ? repeated : concat([column(repeated, 0, 1), column(rows, 1, size)], 1);
    return {
      "one example": first.clone() as Tensor,
      "equal examples": reshape(repeated, x.shape),
      "a feature that does not vary": reshape(oneConstant, x.shape),
    };
  });
}

async function checkPoorBatch(trial: Trial, what: string, input: Tensor): Promise<void> {
  await withTwin(trial, async (twin) => {
    // Refusing is right.
    const refused = await initialise(twin.bijection, input, trial.call()).then(
      () => false,
      () => true,
    );
    for (const [name, values] of await snapshot(twin.bare))
      demandFinite(
        `${name} after initialise from ${what}, which was ${refused ? "an error" : "no error"}`,
        values,
      );
  });
}
