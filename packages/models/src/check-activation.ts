import { activationNames, fail } from "@invertible/ops";
import type { ActivationName } from "@invertible/ops";

/** @throws ArgumentError listing the known names. */
export function checkActivation(where: string, name: ActivationName): void {
  if (!activationNames.includes(name)) fail(where, `one of ${activationNames.join(", ")}`, name);
}
