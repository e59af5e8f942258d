import { dispose, mul, tidy } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import type { Dynamics } from "../src/index.ts";

/** Multiplies the weights of all layers, so that a network as it starts does what one does after training: bend and stretch. */
export function strengthened(dynamics: Dynamics, factor: number): Dynamics {
  for (const [name, variable] of Object.entries(dynamics.parameters)) {
    if (!name.endsWith(".weight")) continue;
    const value = tidy(() => mul(variable, factor)) as Tensor;
    variable.assign(value);
    dispose(value);
  }
  return dynamics;
}
