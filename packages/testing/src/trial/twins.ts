import { disposeBijection } from "@invertible/bijection";
import type { Bijection } from "@invertible/bijection";
import type { Tensor } from "@invertible/ops";
import { numbersOf } from "../measures/numbers.ts";
import { conditioned } from "./conditioned.ts";
import { samplersOf } from "./samplers.ts";
import type { Trial } from "./trial.ts";

/** A trial of another bijection of the same factory, as it left the factory: not perturbed, not refreshed. */
export async function withTwin<T>(trial: Trial, use: (twin: Trial) => Promise<T>): Promise<T> {
  const bare = await trial.factory();
  try {
    return await use(trialOf(trial, bare));
  } finally {
    disposeBijection(bare);
  }
}

/** The same trial of another bijection. */
export function trialOf(trial: Trial, bare: Bijection): Trial {
  const bijection = conditioned(bare, trial.conditions);
  return { ...trial, bare, bijection, ...samplersOf(bijection, trial.options) };
}

/** Parameters and state of one bijection into another of the same names. */
export function assignAll(to: Bijection, from: Bijection): void {
  for (const kind of ["parameters", "state"] as const)
    for (const [name, value] of Object.entries(from[kind])) to[kind][name]!.assign(value as Tensor);
}

/** The numbers of every parameter and state variable under their names. */
export async function snapshot({ parameters, state }: Bijection): Promise<ReadonlyMap<string, Float32Array>> {
  const named = Object.entries({ ...parameters, ...state });
  return new Map(await Promise.all(named.map(async ([name, v]) => [name, await numbersOf(v)] as const)));
}

/** Whether anything in it starts from data. */
export function hasStarter({ starter, parts }: Bijection): boolean {
  return starter !== undefined || parts.some(({ bijection }) => hasStarter(bijection));
}
