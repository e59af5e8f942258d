import { defineConfig } from "vitest/config";
import { shared, testFiles } from "./tools/vitest-shared.ts";

/**
 * Packages whose test files share the processes they run in, so that each loads TensorFlow.js once and not once per file. These tests leave
 * nothing behind that another could see.
 */
const sharing =
  "bijection,certificates,classifier,continuous,coupling,datasets,errors,flow,layers,log-det,models,ops,residual,spectral-norm,testing,trainer,wasm-kernels";
/** Their tests that fill the memory of the process, measure it, or must be the first to start a backend. */
const alone = [
  "packages/ops/src/backend/guard-memory.test.ts",
  "packages/ops/src/backend/refuse-operations.test.ts",
  "packages/ops/src/backend/start-backend.test.ts",
];
/** Folders of the benchmark likewise. Where many steps are captured, a shared process becomes slower and slower. */
const sharingOfBenchmark = "cells,cli,few-labels,figures,gaussian,metrics,report,results,tuning";
const shareProcess = [
  `packages/{${sharing}}/src/**/*.test.ts`,
  `apps/benchmark/src/{${sharingOfBenchmark}}/**/*.test.ts`,
];
const notHere = [
  ...testFiles("webgpu.test"),
  ...testFiles("browser.test"),
  "**/node_modules/**",
  "**/dist/**",
];

/** Everything that needs neither a browser nor WebGPU. Sources are read live, through `@invertible/source`. */
export default defineConfig({
  ...shared,
  test: {
    ...shared.test,
    // By default vitest leaves one core idle, which on two cores doubles the time.
    maxWorkers: "100%",
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          // A pattern that is excluded cannot be taken back, so the tests that run alone are named again.
          include: [
            `packages/!(${sharing.replaceAll(",", "|")})/src/**/*.test.ts`,
            `apps/benchmark/src/!(${sharingOfBenchmark.replaceAll(",", "|")})/**/*.test.ts`,
            "apps/benchmark/src/*.test.ts",
            "tools/**/*.test.mjs",
            ...alone,
          ],
          exclude: notHere,
          benchmark: { include: testFiles("bench") },
        },
      },
      {
        extends: true,
        test: {
          name: "unit, together",
          include: shareProcess,
          exclude: [...notHere, ...alone],
          isolate: false,
          benchmark: { include: [] },
        },
      },
    ],
  },
});
