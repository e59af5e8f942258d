import { ESLint } from "eslint";
import { describe, expect, it } from "vitest";
import { root } from "./run/repository.mjs";

const eslint = new ESLint({ cwd: root });

/**
 * The rules that a line breaks as the content of a file.
 *
 * @param {string} filePath
 * @param {string} line
 */
async function broken(filePath, line) {
  const [result] = await eslint.lintText(`${line}\n`, { filePath });
  return result?.messages.map((message) => message.ruleId) ?? [];
}

describe("lint rules", () => {
  it.each([
    [
      "packages/flow/src/flow.ts",
      'import { add } from "@tensorflow/tfjs"; add(1, 2);',
      "no-restricted-imports",
    ],
    [
      "packages/flow/src/flow.ts",
      'import type { Tensor } from "@tensorflow/tfjs"; export type T = Tensor;',
      "no-restricted-imports",
    ],
    ["packages/flow/src/flow.test.ts", 'import "@tensorflow/tfjs-backend-wasm";', "no-restricted-imports"],
    ["packages/ops/src/a.ts", 'import * as tf from "@tensorflow/tfjs"; tf.ready();', "no-restricted-imports"],
    [
      "packages/flow/test-support/cases.ts",
      'import "@tensorflow/tfjs-backend-wasm";',
      "no-restricted-imports",
    ],
    ["packages/flow/test-support/cases.ts", 'export * from "./types.ts";', "no-restricted-syntax"],
    ["apps/benchmark/src/main.ts", 'import "@tensorflow/tfjs-backend-wasm";', "no-restricted-imports"],
    ["packages/flow/src/flow.ts", 'await import("@tensorflow/tfjs");', "no-restricted-syntax"],
    [
      "packages/flow/src/flow.ts",
      'export type T = import("@tensorflow/tfjs").Tensor;',
      "no-restricted-syntax",
    ],
    ["packages/ops/src/index.ts", 'export * from "./types.ts";', "no-restricted-syntax"],
    ["packages/flow/src/index.ts", 'export * from "./types.ts";', "no-restricted-syntax"],
    ["packages/flow/src/index.ts", "export default 1;", "no-restricted-syntax"],
    ["packages/ops/src/a.ts", "export const f = (x: any) => x.dataSync();", "no-restricted-properties"],
    ["packages/flow/src/a.ts", "export const f = (x: any) => x.arraySync();", "no-restricted-properties"],
    ["packages/flow/src/a.ts", "export const f = () => Math.random();", "no-restricted-properties"],
  ])("%s refuses %s", async (path, line, rule) => {
    expect(await broken(path, line)).toContain(rule);
  });

  it.each([
    [
      "packages/ops/src/tensors/types.ts",
      'import type { Tensor } from "@tensorflow/tfjs-core"; export type T = Tensor;',
    ],
    ["packages/wasm-kernels/src/a.ts", 'import * as tf from "@tensorflow/tfjs-core"; tf.tidy(() => {});'],
    ["packages/flow/src/a.test.ts", 'import { useBackend } from "@invertible/ops/backend"; useBackend();'],
    ["packages/flow/test-support/cases.ts", "export const f = () => Math.random();"],
    ["packages/flow/src/a.test.ts", "export const f = (x: { dataSync(): void }) => x.dataSync();"],
  ])("%s allows %s", async (path, line) => {
    expect(await broken(path, line)).toEqual([]);
  });
});
