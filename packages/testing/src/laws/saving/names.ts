import type { Bijection } from "@invertible/bijection";
import type { NamedVariables } from "@invertible/ops";
import { demand } from "../../law-violation.ts";
import type { Law } from "../../law.ts";
import { withTwin } from "../../trial/twins.ts";

/** What must be equal between two copies of a bijection, as text. */
export function signature(bijection: Bijection): string {
  const shapes = (variables: NamedVariables) => Object.entries(variables).map(([name, v]) => [name, v.shape]);
  const { name, inputShape, outputShape, traits, parameters, state } = bijection;
  return JSON.stringify([name, inputShape, outputShape, traits, shapes(parameters), shapes(state)]);
}

export const namesLaw = {
  name: "stable names",
  statement: "two bijections of one factory have the same names and shapes; each variable has one name",
  async check(trial) {
    const { bare } = trial;
    const expected = signature(bare);
    const received = await withTwin(trial, async (twin) => signature(twin.bare));
    demand(expected === received, `expected the same names again, received ${received} after ${expected}`);
    const named = { ...bare.parameters, ...bare.state };
    const count = Object.keys(bare.parameters).length + Object.keys(bare.state).length;
    demand(Object.keys(named).length === count, "expected no name to be both a parameter and a state");
    const seen = new Map<unknown, string>();
    for (const [name, variable] of Object.entries(named)) {
      demand(
        !seen.has(variable),
        () => `expected every variable under one name, received one under ${seen.get(variable)} and ${name}`,
      );
      seen.set(variable, name);
      demand(
        /^[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)*$/.test(name),
        `expected words joined by dots, received "${name}"`,
      );
    }
  },
} as const satisfies Law;
