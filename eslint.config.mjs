import js from "@eslint/js";
import { defineConfig, globalIgnores } from "eslint/config";
import tseslint from "typescript-eslint";
import { exportStyle, noHiddenEffects, tensorflowCore, tensorflowThroughOps } from "./tools/lint-rules.mjs";

const typescript = ["{packages,apps}/*/{src,test-support}/**/*.ts"];
const tests = ["**/*.test.ts", "**/*.bench.ts"];

export default defineConfig(
  globalIgnores(["**/dist/", "coverage/", "results/", "apps/*/results/", "**/.turbo/", "**/.cache/"]),
  js.configs.recommended,
  tseslint.configs.recommended,
  {
    rules: {
      eqeqeq: "error",
      "prefer-const": "error",
      // TypeScript's own check says the same and knows about `_`-prefixed names.
      "@typescript-eslint/no-unused-vars": [
        "error",
        { argsIgnorePattern: "^_", varsIgnorePattern: "^_", caughtErrors: "none", ignoreRestSiblings: true },
      ],
      "@typescript-eslint/consistent-type-imports": ["error", { fixStyle: "separate-type-imports" }],
    },
  },
  {
    files: ["**/*.mjs"],
    languageOptions: { globals: { console: "readonly", process: "readonly", performance: "readonly" } },
    // The type check covers what a name may be; Node's globals need no second list.
    rules: { "no-undef": "off" },
  },
  { files: typescript, rules: exportStyle },
  {
    files: typescript,
    // `capture` records the calls of kernels, and computes nothing with TensorFlow.js.
    ignores: ["packages/{ops,wasm-kernels}/**", "packages/capture/src/trace/record.ts"],
    rules: tensorflowThroughOps,
  },
  {
    files: ["packages/{ops,wasm-kernels}/src/**/*.ts", "packages/capture/src/trace/record.ts"],
    ignores: tests,
    rules: tensorflowCore,
  },
  { files: ["packages/*/src/**/*.ts"], ignores: tests, rules: noHiddenEffects },
);
