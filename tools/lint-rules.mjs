/** The lint rules of this repository, each with its reason in its message. Proved by lint-rules.test.mjs. */

const exportsByName = [
  { selector: "ExportAllDeclaration", message: "List the exported names: no `export *`." },
  { selector: "ExportDefaultDeclaration", message: "Export it by name: no default export." },
];

const throughOps =
  "Import tensor ops and types from @invertible/ops, backends from @invertible/ops/backend: " +
  "TensorFlow.js has silently wrong second derivatives that only ops cures.";

/**
 * Public names are a list that somebody wrote by hand.
 *
 * @type {import("eslint").Linter.RulesRecord}
 */
export const exportStyle = { "no-restricted-syntax": ["error", ...exportsByName] };

/**
 * `exportStyle`, and no TensorFlow.js in any form: for everything but packages/ops and packages/wasm-kernels.
 *
 * @type {import("eslint").Linter.RulesRecord}
 */
export const tensorflowThroughOps = {
  "no-restricted-imports": ["error", { patterns: [{ group: ["@tensorflow/*"], message: throughOps }] }],
  "no-restricted-syntax": [
    "error",
    ...exportsByName,
    { selector: "ImportExpression[source.value=/^@tensorflow\\u002F/]", message: throughOps },
    { selector: "TSImportType[source.value=/^@tensorflow\\u002F/]", message: throughOps },
  ],
};

/**
 * The packages that may import TensorFlow.js import its core, because a bundle holds all of the rest otherwise.
 *
 * @type {import("eslint").Linter.RulesRecord}
 */
export const tensorflowCore = {
  "no-restricted-imports": [
    "error",
    {
      paths: [
        {
          name: "@tensorflow/tfjs",
          message: "Import @tensorflow/tfjs-core: the rest would add 200 kB to every page.",
        },
      ],
    },
  ],
};

/**
 * WebGPU under Node has no synchronous readback, and every random number comes from an explicit seed.
 *
 * @type {import("eslint").Linter.RulesRecord}
 */
export const noHiddenEffects = {
  "no-restricted-properties": [
    "error",
    ...["dataSync", "arraySync"].map((property) => ({
      property,
      message: "WebGPU under Node has no synchronous readback: await data() at the edge.",
    })),
    {
      object: "Math",
      property: "random",
      message: "Draw from an explicit Random: results are reproducible.",
    },
  ],
};
