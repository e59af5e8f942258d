// The checks of .ci/run: runs every step whatever the ones before it did, then prints the totals.
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { cloneAlone } from "./ci/clone-alone.mjs";
import { runStep } from "./ci/step.mjs";
import { installSystemPackages, softwareVulkan } from "./ci/system-packages.mjs";
import { describeTotals, readReport, reportPath } from "./reports.mjs";
import { root } from "./run/repository.mjs";
import { setUp } from "./run/set-up.mjs";

/** @typedef {{ name: string, passed: number, failed: number, seconds: number, note: string, failures?: string[] }} Outcome */

/** @type {Outcome[]} */
const outcomes = [];
// The clone and this checkout hold the same sources, so what one has built the other takes from here.
process.env["TURBO_CACHE_DIR"] = join(root, ".turbo/cache");
// Steps below read the dependencies of this checkout. Where they cannot be installed, those steps fail.
await setUp(undefined).catch((/** @type {Error} */ { message }) => console.log(`ci: ${message}`));
// What a stranger does first, with what a stranger has: a clone, Node and npm, and no data beside them.
const clone = cloneAlone();
// Beside the set-up of the clone: apt-get mostly waits for the network and the disk.
const installing = installSystemPackages();
try {
  await testSuite("unit tests, in a clone with nothing beside it", "unit", ["npm", "test"], {
    minutes: 30,
    cwd: clone.folder,
  });

  if (!existsSync(join(root, "../shared/data")))
    console.log("ci: ../shared/data is ABSENT: the tests on real data skip, and say so");
  const browser = await installing;
  if (browser.problem)
    console.log(`ci: ${browser.problem}; the pages, the WebGPU tests and those in Chromium will fail`);
  // Neither fills two cores alone, and neither changes what the other reads.
  await Promise.all([checkSources(), testOtherBackends()]);
} finally {
  clone.remove();
}

report();

async function checkSources() {
  const held = true;
  const short = [
    "--datasets",
    "moons",
    "--models",
    "i-resnet,glow",
    "--steps",
    "5",
    "--out",
    "results/start",
  ];
  const { folder: cwd } = clone;
  await check("benchmark, in that clone", ["npm", "run", "bench", "--", ...short], { cwd, held });
  await check("lint", ["npm", "run", "lint"], { held });
  await check("format", ["npm", "run", "format:check"], { held });
  await check("types, tests included", ["npm", "run", "typecheck"], { held });
  await check("dependency directions", ["npm", "run", "check:dependencies"], { held });
  await check("unused files, exports and dependencies", ["npm", "run", "check:unused"], { held });
  await check("one version of each dependency", ["npm", "run", "check:versions"], { held });
  await check(
    "packages: linted, installed, extended, typed, bundled, opened",
    ["npm", "run", "check:packages"],
    {
      minutes: 20,
      held,
    },
  );
}

async function testOtherBackends() {
  await testSuite("unit tests on real data", "unit", ["npm", "test", "--", ".data.test.ts"], {
    minutes: 6,
    held: true,
  });
  await testSuite("WebGPU tests in Node", "webgpu", ["npm", "run", "test:webgpu"], {
    minutes: 15,
    env: softwareVulkan(),
    held: true,
  });
  await testSuite("tests in Chromium", "browser", ["npm", "run", "test:browser"], {
    minutes: 12,
    held: true,
  });
  await check("speed and memory, as ratios", ["npm", "run", "perf", "--", "--ratios"], { held: true });
}

/**
 * A step that counts as one.
 *
 * @param {string} name
 * @param {readonly string[]} command
 * @param {{ minutes?: number, cwd?: string, held?: boolean }} [options]
 */
async function check(name, command, { minutes = 8, cwd = root, held = false } = {}) {
  const { exitCode, seconds, note } = await runStep(name, command, { minutes, cwd, held });
  const passed = exitCode === 0 ? 1 : 0;
  outcomes.push({ name, passed, failed: 1 - passed, seconds, note });
}

/**
 * A step that counts every test case of its report, and one more failure when it ends badly without a failed case.
 *
 * @param {string} name
 * @param {Parameters<typeof reportPath>[0]} suite
 * @param {readonly string[]} command
 * @param {{ minutes: number, cwd?: string, env?: NodeJS.ProcessEnv, held?: boolean }} options
 */
async function testSuite(name, suite, command, { minutes, cwd = root, env = {}, held = false }) {
  const path = reportPath(suite, cwd);
  rmSync(path, { force: true });
  const { exitCode, seconds, note } = await runStep(name, command, { minutes, cwd, env, held });
  const totals = readReport(path);
  const failed = exitCode !== 0 && totals.failed === 0 ? 1 : totals.failed;
  outcomes.push({
    name,
    passed: totals.passed,
    failed,
    seconds,
    failures: totals.failures,
    note: [note, describeTotals(totals)].filter(Boolean).join("; "),
  });
  for (const skipped of totals.skipped) console.log(`SKIPPED in ${name}: ${skipped}`);
}

function report() {
  console.log("\n=== summary");
  for (const { name, failed, seconds, note, failures = [] } of outcomes) {
    const verdict = failed === 0 ? "ok    " : "FAILED";
    console.log(`${verdict} ${`${seconds.toFixed(0)} s`.padStart(6)}  ${name}${note && ` (${note})`}`);
    // Said again here: the end of a long output is what is read first.
    for (const failure of failures) console.log(`            ${failure}`);
  }
  const sum = (/** @type {"passed" | "failed"} */ key) =>
    outcomes.reduce((total, each) => total + each[key], 0);
  process.exitCode = sum("failed") === 0 ? 0 : 1;
  console.log(`${sum("passed")} passed, ${sum("failed")} failed`);
}
