import { checkBijection } from "../check-bijection.ts";
import { ShapeError, fail } from "@invertible/errors";
import type { Bijection } from "../bijection.ts";
import { readConfig } from "../saving/read-config.ts";
import { describeLayer } from "../saving/layer-type.ts";
import type { LayerType } from "../saving/layer-type.ts";
import { defineComposite } from "./define-composite.ts";

/**
 * Runs bijections one after another: y = f_(n-1)( ... f_1(f_0(x))). log|det dy/dx| is the sum of the parts' log-dets, each at
 * its own input.
 *
 * Parameters and state are those of the parts, under the prefixes "0.", "1.", and so on. Each trait is the weakest among the
 * parts, and their biases add up.
 *
 * @throws ShapeError `chain: A -> B: expected [..], received [..]` where two neighbours do not fit.
 * @throws ArgumentError for an empty list, or for parts that share a variable.
 */
export function chain(bijections: readonly Bijection[]): Bijection {
  if (!Array.isArray(bijections)) fail("chain", "an array of bijections", bijections);
  bijections.forEach((bijection, i) => checkBijection(`chain: part ${i}`, bijection));
  const [first, last] = [bijections[0], bijections.at(-1)];
  if (first === undefined || last === undefined) fail("chain", "at least one part", "none");
  bijections.slice(1).forEach((to, i) => checkFits(bijections[i]!, to, i));
  return defineComposite({
    name: "chain",
    inputShape: first.inputShape,
    outputShape: last.outputShape,
    parts: bijections.map((bijection, i) => ({ key: String(i), bijection })),
    config: { parts: bijections.map((bijection) => ({ ...describeLayer(bijection) })) },
  });
}

function checkFits(from: Bijection, to: Bijection, index: number): void {
  const [received, expected] = [from.outputShape, to.inputShape];
  if (received.length === expected.length && received.every((n, i) => n === expected[i])) return;
  throw new ShapeError(
    `chain: ${from.name} (${index}) -> ${to.name} (${index + 1}): ` +
      `expected [${expected.join(", ")}], received [${received.join(", ")}]`,
  );
}

/** Rebuilds a `chain` from its configuration. */
export const chainType: LayerType = {
  layer: "chain",
  build: (config, { rebuild }) =>
    chain(
      readConfig("chain", config)
        .descriptions("parts")
        .map((part) => rebuild(part)),
    ),
};
