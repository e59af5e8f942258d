/** @typedef {import("../names.mjs").Name} Name */

/**
 * @param {string} name of the package, without its scope
 * @param {Name} layer its first layer
 * @param {string} types the list of its layer types
 */
export const packageReadme = (name, layer, types) => `\
# @invertible/${name}

To be written: what these layers are for, in two or three sentences for somebody who looks for them.

\`\`\`sh
npm install @invertible/${name} @invertible/ops @tensorflow/tfjs @tensorflow/tfjs-backend-wasm
\`\`\`

## Use

\`\`\`ts
import { ${layer.camel} } from "@invertible/${name}";
import { createRandom } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";

await startBackend("wasm");
const layer = ${layer.camel}({ inputShape: [3] });
const x = createRandom(7).normal([8, 3]);
const { y, logDet } = layer.forwardAndLogDet(x);
console.log(y.shape, logDet.shape); // [ 8, 3 ] [ 8 ]
\`\`\`

## Layers

Log-dets are in nats.

| factory | map | log-det |
| ------- | --- | ------- |
| \`${layer.camel}({ inputShape })\` | to be written | to be written |

\`${types}\` lists the types of these layers for loading saved models.
`;

/**
 * @param {Name} layer
 * @param {string} types
 */
export const packageIndex = (layer, types) => `\
export { ${layer.camel} } from "./${layer.kebab}.ts";
export type { ${layer.pascal}Options } from "./${layer.kebab}.ts";
export { ${types} } from "./layer-types.ts";
`;

/**
 * @param {Name} layer
 * @param {string} types
 */
export const packageTypes = (layer, types) => `\
import type { LayerType } from "@invertible/bijection";
import { ${layer.camel}Type } from "./${layer.kebab}.ts";

/** The layer types of this package, for \`rebuild\` and for loading saved models. */
export const ${types}: readonly LayerType[] = [${layer.camel}Type];
`;
