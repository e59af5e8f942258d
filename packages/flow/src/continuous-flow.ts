import { chain } from "@invertible/bijection";
import type { Bijection } from "@invertible/bijection";
import { createFlow } from "./flow.ts";
import type { Flow } from "./flow.ts";

/**
 * A flow of integers taken apart: the leading dequantisation, and the continuous flow behind it, which shares the
 * variables of the whole. Dequantisation rounds on the way back, so that an error of the inverse shows only here:
 *
 *     const { dequantisation, flow } = continuousFlow(imageFlow);
 *     const y = dequantisation.forward(pixels, { random }); // in units of the pixel range
 *     const { x } = await flow.reconstruct(y); // compare with y
 *
 * A flow of continuous data is returned as it is, without a `dequantisation`.
 */
export function continuousFlow(flow: Flow): { readonly dequantisation?: Bijection; readonly flow: Flow } {
  const { parts } = flow.bijection;
  const isChain = parts.every(
    ({ direction, embedding }) => direction !== "inverse" && embedding === undefined,
  );
  const [first, ...others] = parts.map(({ bijection }) => bijection);
  if (!isChain || first === undefined || first.traits.likelihood === "exact" || others.length === 0)
    return { flow };
  return { dequantisation: first, flow: createFlow({ bijection: chain(others), base: flow.base }) };
}
