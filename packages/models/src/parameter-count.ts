import type { Flow } from "@invertible/flow";

/** Numbers that training may change: of the bijection and of the base, without state. */
export function parameterCount(flow: Flow): number {
  return Object.values(flow.parameters).reduce((total, { size }) => total + size, 0);
}
