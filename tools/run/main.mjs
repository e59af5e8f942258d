import { setUp } from "./set-up.mjs";
import { SetUpError } from "./set-up-error.mjs";
import { checkTypes, reportOnLayer, runApp, runTests, writeNew } from "./tasks.mjs";

const everything = /** @type {string[]} */ ([]);
const benchmark = ["--filter=@invertible/benchmark..."];

/** What `node tools/run.mjs <task> [arguments]` can run. Each names what it needs built: a turbo filter, or nothing. */
const tasks = {
  build: { needs: everything, run: async () => 0 },
  typecheck: { needs: everything, run: checkTypes },
  test: { needs: everything, run: runTests("unit") },
  "test:webgpu": { needs: undefined, run: runTests("webgpu") },
  "test:browser": { needs: undefined, run: runTests("browser") },
  bench: { needs: benchmark, run: runApp("apps/benchmark/dist/main.js") },
  perf: { needs: benchmark, run: runApp("apps/benchmark/dist/perf/main.js") },
  "new:layer": { needs: undefined, run: writeNew("layer") },
  "new:package": { needs: undefined, run: writeNew("package") },
  "new:model": { needs: undefined, run: writeNew("model") },
  "layer-report": { needs: undefined, run: reportOnLayer },
};

/**
 * @param {readonly string[]} commandLine the task, then what is passed on to it
 * @returns {Promise<number>} the exit code
 */
export async function main([name = "", ...rest]) {
  if (!Object.hasOwn(tasks, name)) {
    console.error(`run: expected one of ${Object.keys(tasks).join(", ")}, received ${name || "nothing"}`);
    return 2;
  }
  const task = tasks[/** @type {keyof typeof tasks} */ (name)];
  try {
    await setUp(task.needs);
  } catch (error) {
    if (!(error instanceof SetUpError)) throw error;
    console.error(error.message);
    return 1;
  }
  return task.run(rest);
}
