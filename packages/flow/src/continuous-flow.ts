import { chain } from "@invertible/bijection";
import type { Bijection } from "@invertible/bijection";
import { createFlow } from "./flow.ts";
import type { Flow } from "./flow.ts";

/**
 * Separates a flow of integers, such as pixels, into its leading dequantisation and the continuous flow behind it. The returned
 * flow shares the variables of the whole. Use it to measure how exact an inverse is: dequantisation rounds to integers on the
 * way back, which hides small errors.
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
