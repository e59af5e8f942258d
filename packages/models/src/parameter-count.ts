import type { Flow } from "@invertible/flow";

/** How many numbers training may change, in the bijection and in the base together. State does not count. */
export function parameterCount(flow: Flow): number {
  return Object.values(flow.parameters).reduce((total, { size }) => total + size, 0);
}
