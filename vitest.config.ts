import { defineConfig } from "vitest/config";
import { shared, testFiles } from "./tools/vitest-shared.ts";

/**
 * Packages whose test files share the processes they run in, so that each loads TensorFlow.js once and not once per file. These tests leave
 * nothing behind that another could see.
 */
const sharing =
  "bijection,capture,certificates,classifier,continuous,coupling,datasets,errors,flow,layers,log-det,models,ops,residual,spectral-norm,testing,trainer,wasm-kernels";
/** Their tests that fill the memory of the process, measure it, replace what others use, or must be the first to start a backend. */
const alone = [
  "apps/benchmark/src/catalogue/datasets/datasets.data.test.ts",
  "apps/benchmark/src/catalogue/find-source.test.ts",
  "apps/benchmark/src/job/quiet-node.test.ts",
  "packages/capture/src/functions/missing-runtime.test.ts",
  "packages/ops/src/backend/guard-memory.test.ts",
  "packages/ops/src/backend/refuse-operations.test.ts",
  "packages/ops/src/backend/start-backend.test.ts",
];
/** The folders of the benchmark likewise: all but those whose tests start the program. */
const sharingOfBenchmark =
  "catalogue,cells,cli,few-labels,figures,gaussian,job,metrics,report,results,studies,tuning";
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
