import { layersOf } from "@invertible/bijection";
import type { Bijection, Observation, SolveCall, Solved } from "@invertible/bijection";
import { NonFiniteError } from "@invertible/errors";
import { all, dispose, isFiniteElementwise, keep, tidy } from "@invertible/ops";
import type { Tensor, Variable } from "@invertible/ops";
import type { BaseDistribution } from "./bases/base-distribution.ts";

interface Parts {
  readonly bijection: Bijection;
  readonly base: BaseDistribution;
}

/**
 * What `solve` gives, unless a layer's result is not finite because a variable is not. Rounding to pixels would hide the NaN, so every
 * layer's result is looked at. Variables are read only where there is something to find.
 *
 * @throws NonFiniteError naming the first variable that holds NaN or infinity, and its layer. Samples that overflow though all variables
 *   are finite pass: they are the model's own.
 */
export async function finiteSamples<C extends SolveCall>(
  parts: Parts,
  call: C,
  solve: (call: C) => Promise<Solved>,
): Promise<Solved> {
  const flags: Tensor[] = [];
  const observe = (observation: Observation) => {
    if (observation.value.size > 0) flags.push(tidy(() => keep(all(isFiniteElementwise(observation.value)))));
    call.trace?.observe?.(observation);
  };
  try {
    const solved = await solve({ ...call, trace: { path: "", ...call.trace, observe } });
    try {
      const finite = await Promise.all(flags.map((flag) => flag.data()));
      if (finite.some(([flag]) => flag === 0)) await checkVariables(parts);
      return solved;
    } catch (error) {
      dispose(solved.x);
      throw error;
    }
  } catch (error) {
    // A solver that met NaN says so in its own words, without knowing its place.
    if (!(NonFiniteError.is(error) && error.message.startsWith(where))) await checkVariables(parts, error);
    throw error;
  } finally {
    dispose(flags);
  }
}

const where = "flow.sample";

async function checkVariables({ bijection, base }: Parts, cause?: unknown): Promise<void> {
  const places = [
    { name: base.name, path: "base", variables: base.parameters },
    ...layersOf(bijection, "bijection").map(({ layer: { name, parameters, state }, path }) => ({
      name,
      path,
      variables: { ...parameters, ...state },
    })),
  ];
  for (const { name, path, variables } of places)
    for (const [key, variable] of Object.entries<Variable>(variables))
      if (!(await isFinite(variable)))
        throw new NonFiniteError(
          `${where}: expected finite variables, received NaN or infinity in "${key}" of ${name} (${path})`,
          cause === undefined ? undefined : { cause },
        );
}

/** Other types than float32 are finite by nature, and the kernel does not take them. */
async function isFinite(variable: Variable): Promise<boolean> {
  if (variable.dtype !== "float32" || variable.size === 0) return true;
  const flag = tidy(() => all(isFiniteElementwise(variable)));
  return (await flag.data().finally(() => dispose(flag)))[0] === 1;
}
