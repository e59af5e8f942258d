import { disposeBijection } from "@invertible/bijection";
import type { Bijection } from "@invertible/bijection";
import { dispose, memory } from "@invertible/ops";
import { demand } from "../../law-violation.ts";
import type { Law } from "../../law.ts";
import { bitEqual, numbersOf } from "../../measures/numbers.ts";
import { forwardOf } from "../../trial/direction.ts";
import { snapshot, withTwin } from "../../trial/twins.ts";
import type { Trial } from "../../trial/trial.ts";

/** A coin that is tossed at the start falls the same way so often by chance once in 32. */
const twins = 5;

export const variablesLaw = {
  name: "variables",
  statement:
    "everything that a factory allocates is a parameter or a state variable, freed with the bijection; two of its bijections share " +
    "nothing and start equal; parameters are trainable and state is not; a composite has the variables of its parts",
  async check(trial) {
    checkKinds(trial.bare);
    checkParts(trial.bare);
    await checkAllocations(trial);
    const unused = await checkTwins(trial);
    await checkStillWorks(trial, unused);
  },
} as const satisfies Law;

function checkKinds({ parameters, state }: Bijection): void {
  for (const [name, { trainable }] of Object.entries(parameters))
    demand(trainable, `parameter ${name}: expected a trainable variable, received one that is not`);
  for (const [name, { trainable }] of Object.entries(state))
    demand(!trainable, `state ${name}: expected a variable with trainable: false, received a trainable one`);
}

function checkParts(bijection: Bijection): void {
  for (const { key, bijection: part } of bijection.parts)
    for (const kind of ["parameters", "state"] as const)
      for (const [name, variable] of Object.entries(part[kind]))
        demand(
          bijection[kind][`${key}.${name}`] === variable,
          `${kind}: expected those of the part ${key} under its prefix, received no ${key}.${name}`,
        );
}

/** Of the second of two builds: the first may fill a cache of constants that all bijections share. */
async function checkAllocations({ factory }: Trial): Promise<void> {
  for (const build of [1, 2]) {
    const before = memory().numTensors;
    disposeBijection(await factory());
    const left = memory().numTensors - before;
    demand(
      left <= 0 || build === 1,
      `after a build and disposeBijection: expected no tensor left, received ${left}; what must survive between calls is a parameter or state`,
      { hint: "free in the factory what it builds beside the bijection, such as a flow's base density" },
    );
  }
}

/** Compares fresh bijections, by their variables and by their results. */
async function checkTwins(trial: Trial): Promise<Record<string, Float32Array>> {
  return withTwin(trial, async (first) => {
    const own = new Set(Object.values({ ...first.bare.parameters, ...first.bare.state }));
    const [start, results] = [await snapshot(first.bare), await resultsOf(first)];
    for (let twin = 1; twin < twins; twin++)
      await withTwin(trial, async (second) => {
        for (const [name, variable] of Object.entries({ ...second.bare.parameters, ...second.bare.state }))
          demand(
            !own.has(variable),
            `${name}: expected a variable of each bijection's own, received one that two of a factory's share`,
          );
        for (const [name, values] of await snapshot(second.bare))
          demand(
            bitEqual(values, start.get(name) ?? new Float32Array()),
            `${name}: expected the same numbers at the start of two bijections of one factory, received others`,
            { hint: "give its factory a seeded `random`, or set `skip` with the reason" },
          );
        for (const [of, values] of Object.entries(await resultsOf(second)))
          demand(
            bitEqual(values, results[of]!),
            `${of} at the start: expected the same bits of two bijections of one factory, received others`,
          );
      });
    // The others are gone by now.
    for (const [of, values] of Object.entries(await resultsOf(first)))
      demand(
        bitEqual(values, results[of]!),
        `${of}: expected the same bits after another bijection was freed, received others`,
      );
    return results;
  });
}

async function checkStillWorks(trial: Trial, results: Record<string, Float32Array>): Promise<void> {
  await withTwin(trial, async (twin) => {
    for (const [of, values] of Object.entries(await resultsOf(twin)))
      demand(
        bitEqual(values, results[of]!),
        `${of}: expected the same bits of a bijection built later, received others`,
      );
  });
}

async function resultsOf(trial: Trial): Promise<Record<string, Float32Array>> {
  const x = trial.sample(3, trial.random.fold("variables"));
  const results = forwardOf(trial).results(x, trial.call());
  const { value, logDet } = results;
  const numbers = {
    "forward's value": await numbersOf(value),
    ...(logDet && { "forward's log-det": await numbersOf(logDet) }),
  };
  dispose([x, ...Object.values(results)]);
  return numbers;
}
