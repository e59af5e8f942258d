import type { RuntimeArray } from "../runtime/runtime.ts";
import { writeTensor } from "./arrays.ts";

/** Everything that a step changes, as the runtime holds it. */
export interface NativeCarried {
  readonly parameters: RuntimeArray;
  readonly slots: readonly RuntimeArray[];
  readonly average?: RuntimeArray | undefined;
  readonly states: readonly RuntimeArray[];
}

/** The same as tensors of their own. */
export function tensorsOf({ parameters, slots, average, states }: NativeCarried) {
  return {
    parameters: writeTensor(parameters),
    slots: slots.map(writeTensor),
    ...(average && { average: writeTensor(average) }),
    states: states.map(writeTensor),
  };
}

/** The names of everything carried as inputs of a graph: "parameters", "slot0", ... As outputs they have a prime. */
export function namesOf<T>({
  parameters,
  slots,
  average,
  states = [],
}: {
  readonly parameters: T;
  readonly slots: readonly T[];
  readonly average?: T | undefined;
  readonly states?: readonly T[] | undefined;
}): Record<string, T> {
  return {
    parameters,
    ...numbered("slot", slots),
    ...(average !== undefined && { average }),
    ...numbered("state", states),
  };
}

/** What a graph returned, in the place of what it was given. */
export function carriedOf(
  results: Readonly<Record<string, RuntimeArray>>,
  { slots, average, states }: NativeCarried,
): NativeCarried {
  return {
    parameters: results["parameters'"]!,
    slots: slots.map((_, i) => results[`slot${i}'`]!),
    average: average && results["average'"]!,
    states: states.map((_, i) => results[`state${i}'`]!),
  };
}

/** Arrays under the names "slot0", "slot1", ... */
export function numbered<T>(name: string, items: readonly T[]): Record<string, T> {
  return Object.fromEntries(items.map((item, i) => [`${name}${i}`, item]));
}
