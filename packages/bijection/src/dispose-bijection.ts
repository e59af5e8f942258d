import type { Bijection } from "./bijection.ts";

/** Frees the parameters and state of a bijection, which nothing else frees. The bijection must not be used afterwards. */
export function disposeBijection(bijection: Bijection): void {
  for (const variable of Object.values({ ...bijection.parameters, ...bijection.state })) variable.dispose();
}
