import { readFileSync, writeFileSync } from "node:fs";
import { checkpoints, hugeNumbers, modelFiles, runCase } from "./cases.mjs";
import { classifierFiles } from "./classifier-files.mjs";
import { sign } from "./sign.mjs";

/** Runs cases from a number on, in a process that a hostile file may kill. The packages are the built ones. */
const [kind = "", from = "0", to = "0"] = process.argv.slice(2);
/** @type {import("./cases.mjs").Load} */
const load = (name) => import(`../../packages/${name}/dist/index.js`);
const { startBackend } = await import("../../packages/ops/dist/backend/index.js");
await startBackend("wasm");
const ops = await load("ops");
const targets = {
  models: () => modelFiles(load),
  classifiers: () => classifierFiles(load),
  numbers: async () => hugeNumbers(await modelFiles(load)),
  "classifier-numbers": async () => hugeNumbers(await classifierFiles(load)),
  checkpoints: () => checkpoints(load, sign),
};
const target = await targets[/** @type {keyof typeof targets} */ (kind)]();
const kept = ops.memory().numTensors;

process.once("disconnect", () => process.exit());

for (let number = Number(from); number < Number(to); number++) {
  if (number % 50 === 0) globalThis.gc?.();
  const before = peakMemory();
  const [start, cpu] = [performance.now(), process.cpuUsage()];
  const { outcome, size, error } = await runCase(target, number, ops);
  const milliseconds = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  const leaked = ops.memory().numTensors - kept;
  process.send?.({
    ...{ number, outcome, size, milliseconds, leaked, cpuMilliseconds: (user + system) / 1000 },
    bytes: peakMemory(false) - before,
    error: error instanceof Error ? error.message.slice(0, 300) : undefined,
  });
}
process.disconnect?.();

/**
 * The most memory, in bytes, that this process has occupied since the last reset. Only Linux can forget an earlier peak; elsewhere the
 * numbers are too small after the first large case.
 */
function peakMemory(reset = true) {
  try {
    if (reset) writeFileSync("/proc/self/clear_refs", "5");
    return 1024 * Number(/VmHWM:\s*(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))?.[1]);
  } catch {
    return 1024 * process.resourceUsage().maxRSS;
  }
}
