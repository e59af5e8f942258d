import type { ViteUserConfig } from "vitest/config";

/** The glob of every `<name>.<kind>.ts` beside the sources. */
export function testFiles(kind: "test" | "bench" | "webgpu.test" | "browser.test"): string[] {
  return [`packages/*/src/**/*.${kind}.ts`, `apps/*/src/**/*.${kind}.ts`];
}

/** What every vitest configuration of this repository shares. */
export const shared = {
  // The private first condition of each package's `exports`: tests read the sources, with no build in the loop.
  resolve: { conditions: ["@invertible/source"] },
  // Where they run in Node, "node" is among the conditions as for everybody else.
  ssr: { resolve: { conditions: ["@invertible/source", "node"] } },
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: ["default"],
  },
} satisfies ViteUserConfig;
