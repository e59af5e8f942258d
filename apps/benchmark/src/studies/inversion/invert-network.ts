import { dispose } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import type { NetworkStep } from "../networks/network-step.ts";
import { invertBlock } from "./invert-block.ts";
import type { Method } from "./invert-block.ts";

/** Inverts a network from its last features, where every block gets the same number of evaluations, whether it is invertible or not. */
export async function invertNetwork(
  steps: readonly NetworkStep[],
  latents: Tensor,
  method: Method,
  iterations: number,
): Promise<ArrayLike<number>> {
  let value = latents;
  for (const step of [...steps].reverse()) {
    const before = step.g
      ? (await invertBlock(step, value, method, iterations)).x
      : step.layer.inverse(value);
    if (value !== latents) dispose(value);
    value = before;
  }
  const result = await value.data();
  dispose(value);
  return result;
}
