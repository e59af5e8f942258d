import { certify, describeLayer, disposeBijection, rebuild } from "@invertible/bijection";
import type { Bijection, Description } from "@invertible/bijection";
import { dispose } from "@invertible/ops";
import type { NamedVariables, Tensor } from "@invertible/ops";
import { conditioned } from "../../trial/conditioned.ts";
import { directions } from "../../trial/direction.ts";
import { demand } from "../../law-violation.ts";
import type { Law } from "../../law.ts";
import { bitEqual, numbersOf } from "../../measures/numbers.ts";
import type { Trial } from "../../trial/trial.ts";

/** What must be equal between two copies of a bijection, as text. */
function signature(bijection: Bijection): string {
  const shapes = (variables: NamedVariables) => Object.entries(variables).map(([name, v]) => [name, v.shape]);
  const { name, inputShape, outputShape, traits, parameters, state } = bijection;
  return JSON.stringify([name, inputShape, outputShape, traits, shapes(parameters), shapes(state)]);
}

export const namesLaw = {
  name: "stable names",
  statement: "two bijections of one factory have the same names and shapes; each variable has one name",
  async check({ bijection, factory }) {
    const twin = await factory();
    const [expected, received] = [signature(bijection), signature(twin)];
    disposeBijection(twin);
    demand(expected === received, `expected the same names again, received ${received} after ${expected}`);
    const named = { ...bijection.parameters, ...bijection.state };
    const count = Object.keys(bijection.parameters).length + Object.keys(bijection.state).length;
    demand(Object.keys(named).length === count, "expected no name to be both a parameter and a state");
    demand(new Set(Object.values(named)).size === count, "expected every variable under one name");
    for (const name of Object.keys(named))
      demand(
        /^[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)*$/.test(name),
        `expected words joined by dots, received "${name}"`,
      );
  },
} as const satisfies Law;

export const rebuildLaw = {
  name: "rebuild",
  statement:
    "a description survives JSON and rebuilds a bijection with the same description and, given the same " +
    "variables, the same bits",
  exempt: ({ options }) => (options.types ? undefined : "no layer types were given"),
  async check(trial) {
    const { bijection, options, random } = trial;
    const text = JSON.stringify(describeLayer(bijection));
    const copy = rebuild(
      JSON.parse(text) as Description,
      options.types!,
      random.fold("other initial values"),
    );
    try {
      const again = JSON.stringify(describeLayer(copy));
      demand(again === text, `expected the description ${text}, received ${again}`);
      demand(
        signature(copy) === signature(bijection),
        `expected ${signature(bijection)}, received ${signature(copy)}`,
      );
      for (const kind of ["parameters", "state"] as const)
        for (const [name, value] of Object.entries(bijection[kind]))
          copy[kind][name]!.assign(value as Tensor);
      await compare(trial, copy);
    } finally {
      disposeBijection(copy);
    }
  },
} as const satisfies Law;

async function compare(trial: Trial, copy: Bijection): Promise<void> {
  const twin = conditioned(copy, trial.conditions);
  demand(
    JSON.stringify(await certify(twin)) === JSON.stringify(await certify(trial.bijection)),
    "expected the same certificate from the rebuilt bijection",
  );
  const twins = directions({ ...trial, bijection: twin });
  for (const [i, direction] of directions(trial).entries()) {
    const input = direction.sample(3, trial.random.fold("rebuild"));
    const [mine, theirs] = [direction.both(input, trial.call()), twins[i]!.both(input, trial.call())];
    for (const of of ["value", "logDet"] as const)
      demand(
        bitEqual(await numbersOf(mine[of]), await numbersOf(theirs[of])),
        `${direction.name}'s ${of}: expected the same bits from the rebuilt bijection`,
      );
    dispose([input, mine.value, mine.logDet, theirs.value, theirs.logDet]);
  }
}
