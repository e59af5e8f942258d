import { defineConfig } from "vitest/config";
import { shared, testFiles } from "./tools/vitest-shared.ts";

/** Everything that needs neither a browser nor WebGPU. Sources are read live, through `@invertible/source`. */
export default defineConfig({
  ...shared,
  test: {
    ...shared.test,
    name: "unit",
    include: [...testFiles("test"), "tools/**/*.test.mjs"],
    exclude: [...testFiles("webgpu.test"), ...testFiles("browser.test"), "**/node_modules/**", "**/dist/**"],
    // By default vitest leaves one core idle, which on two cores doubles the time.
    maxWorkers: "100%",
    benchmark: { include: testFiles("bench") },
  },
});
