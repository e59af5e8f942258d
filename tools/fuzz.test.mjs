import { expect, it } from "vitest";
import { checkpoints, hugeNumbers, modelFiles, runCase } from "./fuzz/cases.mjs";
import { classifierFiles } from "./fuzz/classifier-files.mjs";
import { sign } from "./fuzz/sign.mjs";

/** The short form. `node tools/fuzz.mjs` runs as many cases as one likes, in processes of their own. */
/** @type {import("./fuzz/cases.mjs").Load} */
const load = (name) => import(`../packages/${name}/src/index.ts`);

/** Milliseconds of processor time. One case takes a few. */
const hang = 5000;

/**
 * Counts what becomes of cases.
 *
 * @param {() => Promise<import("./fuzz/cases.mjs").Target>} make
 * @param {number} [count]
 */
async function run(make, count) {
  const [ops, backend] = [await load("ops"), await import("../packages/ops/src/backend/index.ts")];
  await backend.startBackend("wasm");
  const target = await make();
  const before = ops.memory().numTensors;
  /** @type {Record<string, number>} */
  const outcomes = {};
  for (let number = 0; number < (count ?? target.made?.length ?? 0); number++) {
    const start = process.cpuUsage();
    const { outcome, error } = await runCase(target, number, ops);
    if (outcome === "UNTYPED") throw new Error(`case ${number}: ${String(error)}`, { cause: error });
    const { user, system } = process.cpuUsage(start);
    expect((user + system) / 1000, `case ${number}`).toBeLessThan(hang);
    expect(ops.memory().numTensors, `case ${number}`).toBe(before);
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  }
  return outcomes;
}

it.each(
  /** @type {const} */ ([
    ["model files", () => modelFiles(load), 300],
    ["classifiers", () => classifierFiles(load), 100],
    ["checkpoints", () => checkpoints(load, sign), 100],
  ]),
)(
  "changed %s load or are refused with typed errors, quickly, and leave nothing behind",
  async (_, make, count) => {
    const outcomes = await run(make, count);
    // Most are refused, but not for a reason that all have in common.
    expect(outcomes["FileFormatError"]).toBeGreaterThan(count / 3);
    expect(outcomes["works"]).toBeGreaterThan(count / 40);
  },
);

it.each([2 ** 32 - 1, 1e12])("no number of an architecture does harm as %d", async (value) => {
  const outcomes = await run(async () => hugeNumbers(await modelFiles(load), [value]));
  expect(outcomes["FileFormatError"]).toBeGreaterThan(150);
  const ofClassifiers = await run(async () => hugeNumbers(await classifierFiles(load), [value]));
  expect(ofClassifiers["FileFormatError"]).toBeGreaterThan(30);
});
