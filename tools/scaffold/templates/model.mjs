/** @typedef {import("../names.mjs").Name} Name */

/** @param {Name} name */
export const recipeSource = ({ camel, pascal }) => `\
import { chain } from "@invertible/bijection";
import { affineCoupling, denseConditioner } from "@invertible/coupling";
import { createFlow, diagonalNormal } from "@invertible/flow";
import type { Flow } from "@invertible/flow";
import { actNorm, permutation } from "@invertible/layers";
import { checkIntegerFrom, checkOptions, checkPositiveInteger } from "@invertible/errors";
import { checkRandom, freeingVariables } from "@invertible/ops";
import type { Random } from "@invertible/ops";

/** Options of \`${camel}\`. */
export interface ${pascal}Options {
  /** Numbers in one example, at least 2. */
  readonly features: number;
  /** Key for initial weights. */
  readonly random: Random;
  /** How many steps the model has. Default 8. */
  readonly steps?: number;
  /** Width of the hidden layers in the network of each step. Default 64. */
  readonly width?: number;
}

/**
 * To be written: what the model is, for vectors [B, features], and where it differs from what was published.
 *
 * @throws ArgumentError for options out of range.
 */
export function ${camel}(options: ${pascal}Options): Flow {
  checkOptions("${camel}", options, {
    features: "required",
    random: "required",
    steps: "optional",
    width: "optional",
  });
  checkRandom("${camel}: random", options.random);
  const { features, random, steps = 8, width = 64 } = options;
  checkIntegerFrom("${camel}.features", features, 2, 1e6);
  checkPositiveInteger("${camel}.steps", steps);
  checkPositiveInteger("${camel}.width", width);

  const inputShape = [features];
  return freeingVariables(() => {
    const parts = Array.from({ length: steps }, (_, step) => {
      const key = random.fold("step").fold(step);
      // To be written: the layers of one step.
      return [
        actNorm({ inputShape }),
        affineCoupling({
          inputShape,
          conditioner: denseConditioner({ hidden: [width, width], activation: "tanh", random: key }),
        }),
        permutation({ inputShape, order: "reverse" }),
      ];
    });
    return createFlow({ bijection: chain(parts.flat()), base: diagonalNormal({ shape: inputShape }) });
  });
}
`;

/** @param {Name} name */
export const recipeTest = ({ kebab, camel }) => `\
import { disposeFlow, loadFlow, saveFlow } from "@invertible/flow";
import { createRandom, dispose } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { describeBijection } from "@invertible/testing";
import { beforeAll, describe, expect, it } from "vitest";
import { modelLayerTypes } from "./index.ts";
import { ${camel} } from "./${kebab}.ts";

const random = createRandom(5);
const build = () => ${camel}({ features: 3, steps: 2, width: 6, random: random.fold("weights") });

/** The laws are about the bijection alone, so what the base density has learned is freed. */
function bijection() {
  const flow = build();
  dispose(Object.values(flow.base.parameters));
  return flow.bijection;
}
describeBijection("${camel}", bijection, { types: modelLayerTypes, backends: ["wasm"] });

describe("${camel}", () => {
  beforeAll(() => startBackend("wasm"));

  it("gives the same densities after it was saved and loaded", async () => {
    const flow = build();
    const x = random.fold("data").normal([32, 3]);
    await flow.initialise(x);
    const again = await loadFlow(await saveFlow(flow), { layers: modelLayerTypes });
    const densities = await flow.logProb(x).data();
    expect(densities.every(Number.isFinite)).toBe(true);
    expect(await again.logProb(x).data()).toEqual(densities);
    for (const each of [flow, again]) disposeFlow(each);
  });

  it("refuses a single feature", () => {
    expect(() => ${camel}({ features: 1, random })).toThrow("${camel}.features: expected an integer from 2");
  });
});
`;

const colorOf = (/** @type {{ light: string, dark: string }} */ { light, dark }) =>
  `{ light: "${light}", dark: "${dark}" }`;

/**
 * @param {Name} name
 * @param {string} title
 * @param {{ light: string, dark: string }} color
 */
const entryHead = ({ kebab, camel }, title, color) => `\
/** To be written: in one line, what distinguishes this model. */
export const ${camel}: ModelEntry = {
  name: "${kebab}",
  title: "${title}",
  summary: "To be written: one or two sentences for a reader who does not know the model.",
  color: ${colorOf(color)},
  paper: "Unpublished",
  kinds: ["plane", "table"],
  training: () => ({
    optimizer: "adam",
    steps: 600,
    learningRate: 5e-3,
    finalRate: 0.02,
    checkpointEvery: 200,
  }),
  build,
  published: [],
};
`;

/**
 * An entry that builds the recipe of the same name.
 *
 * @param {Name} name
 * @param {string} title
 * @param {{ light: string, dark: string }} color
 */
export const entryOfRecipe = (name, title, color) => `\
import { fitWidth } from "../fit-width.ts";
import type { BuildRequest, BuiltModel, ModelEntry } from "../model-entry.ts";

${entryHead(name, title, color)}
async function build({ shape, size, random }: BuildRequest): Promise<BuiltModel> {
  // Loaded here, because the parent process reads the catalogue without TensorFlow.js.
  const { ${name.camel}: recipe } = await import("@invertible/models");
  const features = shape[0]!;
  const steps = 8;
  const withWidth = (width: number) => recipe({ features, random, steps, width });
  const width = await fitWidth({ parameters: size.parameters, build: withWidth });
  return {
    flow: withWidth(width),
    architecture: { steps, width },
    logDet: "sum of the couplings' log-scales",
  };
}
`;

/**
 * An entry that is made of layers.
 *
 * @param {Name} name
 * @param {string} title
 * @param {{ light: string, dark: string }} color
 */
export const entryOfLayers = (name, title, color) => `\
import { fitWidth } from "../fit-width.ts";
import type { BuildRequest, BuiltModel, ModelEntry } from "../model-entry.ts";

${entryHead(name, title, color)}
async function build({ shape, size, random }: BuildRequest): Promise<BuiltModel> {
  // Loaded here, because the parent process reads the catalogue without TensorFlow.js.
  const [{ chain }, { affineCoupling, denseConditioner }, { createFlow, diagonalNormal }, { actNorm, permutation }] =
    await Promise.all([
      import("@invertible/bijection"),
      import("@invertible/coupling"),
      import("@invertible/flow"),
      import("@invertible/layers"),
    ]);
  const steps = 8;
  const withWidth = (width: number) => {
    const parts = Array.from({ length: steps }, (_, step) => {
      const key = random.fold("step").fold(step);
      // To be written: the layers of one step.
      return [
        actNorm({ inputShape: shape }),
        affineCoupling({
          inputShape: shape,
          conditioner: denseConditioner({ hidden: [width, width], activation: "tanh", random: key }),
        }),
        permutation({ inputShape: shape, order: "reverse" }),
      ];
    });
    return createFlow({ bijection: chain(parts.flat()), base: diagonalNormal({ shape }) });
  };
  const width = await fitWidth({ parameters: size.parameters, build: withWidth });
  return {
    flow: withWidth(width),
    architecture: { steps, width },
    logDet: "sum of the couplings' log-scales",
  };
}
`;
