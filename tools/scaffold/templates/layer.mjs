/** @typedef {import("../names.mjs").Name} Name */

/**
 * A layer whose every part is right but its mathematics: its inverse is missing, and its log-dets are 0.
 *
 * @param {Name} name
 */
export const layerSource = ({ camel, pascal }) => `\
import { defineBijection, readConfig } from "@invertible/bijection";
import type { Bijection, LayerType } from "@invertible/bijection";
import { checkOptions, checkShape } from "@invertible/errors";
import { exp, mul, newVariable, perExample, zeros } from "@invertible/ops";
import type { Shape } from "@invertible/ops";

/** Options of \`${camel}\`. */
export interface ${pascal}Options {
  /** Shape of one example, without the batch axis. */
  readonly inputShape: Shape;
}

/**
 * To be written: what the layer does, as a formula, and its log|det dy/dx| in nats. Until then y = x * exp(logScale), with a scale for
 * each number of an example. x, y: [B, ...inputShape].
 *
 * @throws ArgumentError unless inputShape is a shape of positive integers.
 */
export function ${camel}(options: ${pascal}Options): Bijection {
  checkOptions("${camel}", options, { inputShape: "required" });
  const { inputShape } = options;
  checkShape("${camel}.inputShape", inputShape);
  const logScale = newVariable(inputShape, () => zeros([...inputShape]));

  return defineBijection({
    name: "${camel}",
    inputShape,
    outputShape: inputShape,
    parameters: { logScale },
    config: { inputShape: [...inputShape] },
    // To be written: y [B, ...inputShape], and log|det dy/dx| [B] in nats.
    forward: (x) => ({ y: mul(x, exp(logScale)), logDet: () => perExample(x, 0) }),
    // To be written: the x that forward takes to y, and log|det dx/dy| [B], which is minus the log-det of forward at x.
    inverse: (y) => ({ x: y, logDet: () => perExample(y, 0) }),
  });
}

/** Rebuilds a \`${camel}\` from its configuration. */
export const ${camel}Type: LayerType = {
  layer: "${camel}",
  build: (config) => ${camel}({ inputShape: readConfig("${camel}", config).shape("inputShape") }),
};
`;

/** @param {Name} name */
export const layerTest = ({ kebab, camel }) => `\
import { describeBijection } from "@invertible/testing";
import { expect, it } from "vitest";
import { ${camel}, ${camel}Type } from "./${kebab}.ts";

const types = [${camel}Type];

// Every law of the kit, on the cpu and the wasm backend. Options say so where a layer has a domain of its own, a condition or kinks.
describeBijection("${camel}", () => ${camel}({ inputShape: [3] }), { types });
describeBijection("${camel}, images", () => ${camel}({ inputShape: [2, 2, 2] }), { types });

// Beside it stands what no law can know: published numbers, the ends of the valid range, and messages.
it("refuses what is no shape", () => {
  expect(() => ${camel}({ inputShape: [2.5] })).toThrow(
    "${camel}.inputShape: expected a shape of positive integers, received [2.5]",
  );
});
`;
