import type { Bijection } from "./bijection.ts";

/** Frees a layer's parameters and state, which nothing else frees. The layer must not be used again. */
export function disposeBijection(bijection: Bijection): void {
  for (const variable of Object.values({ ...bijection.parameters, ...bijection.state })) variable.dispose();
}
