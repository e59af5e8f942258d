import { defineBijection } from "@invertible/bijection";
import { fail } from "@invertible/errors";
import { concat, slice, zeros } from "@invertible/ops";
import type { Random, Tensor } from "@invertible/ops";
import type { LayerCall } from "@invertible/bijection";
import { soundCoupling } from "../sound/sound-coupling.ts";
import { conditionFeatures, soundConditional } from "../sound/sound-conditional.ts";
import type { Mutant } from "../mutant.ts";

const options = {
  condition: (batch: number, random: Random) => random.normal([batch, conditionFeatures]),
};

/** The sound layer that sees other conditions than it was given. */
function seeing(conditionOf: (given: Tensor | undefined, batch: number) => Tensor): Mutant["factory"] {
  return () => {
    const sound = soundConditional();
    const other = (input: Tensor, call: LayerCall): LayerCall => ({
      path: call.path,
      where: call.where,
      training: call.training,
      get random() {
        return call.random;
      },
      condition: conditionOf(call.condition, input.shape[0]!),
    });
    return defineBijection({
      ...sound,
      forward: (x, call) => sound.forward(x, other(x, call)),
      inverse: (y, call) => sound.inverse(y, other(y, call)),
    });
  };
}

/** The first rows as they are, the others 0. */
function first(given: Tensor, count: number): Tensor {
  const rows = given.shape[0]!;
  if (rows <= count) return given;
  return concat(
    [slice(given, [0, 0], [count, conditionFeatures]), zeros([rows - count, conditionFeatures])],
    0,
  );
}

/** Conditions that are not read, not for all, or not missed. */
export const conditionReadingMutants: readonly Mutant[] = [
  {
    defect: "the condition is never read",
    law: "conditions",
    says: "forward, a batch of 4: expected every example's result to depend on its condition, received 4",
    factory: () => defineBijection(soundCoupling()),
    options: { condition: (batch, random) => random.normal([batch, 2]) },
  },
  {
    defect: "the second half of a batch gets no condition",
    law: "conditions",
    says: "expected every example's result to depend on its condition, received 2 that do not, the first example 2",
    factory: seeing((given, batch) => first(given!, Math.ceil(batch / 2))),
    options,
  },
  {
    defect: "examples beyond the 100th get no condition",
    law: "conditions",
    says: "forward, a batch of 140: expected every example's result to depend on its condition, received 40",
    factory: seeing((given) => first(given!, 100)),
    options,
  },
  {
    defect: "a missing condition is taken as 0",
    law: "conditions",
    says: "forward without a condition: expected an error, received a result",
    factory: seeing((given, batch) => given ?? zeros([batch, conditionFeatures])),
    options,
  },
  {
    defect: "a condition of one row is refused",
    law: "conditions",
    says: "with a condition of one row: expected the same as with this row for each, received the error",
    factory: seeing((given, batch) =>
      given!.shape[0] === batch ? given! : fail("condition", `${batch} rows`, given!.shape[0]),
    ),
    options,
  },
  {
    defect: "a condition of one row holds for the first example only",
    law: "conditions",
    says: "with a condition of one row: expected the same as with this row for each, received a difference",
    factory: seeing((given, batch) =>
      given!.shape[0] === 1 && batch > 1
        ? concat([given!, zeros([batch - 1, conditionFeatures])], 0)
        : given!,
    ),
    options,
  },
  {
    defect: "conditions of too many rows are cut",
    law: "conditions",
    says: "with a condition of 4 rows: expected an error, received a result",
    factory: seeing((given, batch) =>
      given!.shape[0]! > batch ? slice(given!, [0, 0], [batch, conditionFeatures]) : given!,
    ),
    options,
  },
];
