import { cpSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readReport } from "../reports.mjs";
import { capture } from "../run/processes.mjs";
import { root } from "../run/repository.mjs";

/** A layer, a composite and a model as somebody else would write them. */
export const outsideProject = "examples/twist-flow";

/** What its author has beside the packages. */
export const outsideTools = ["@tensorflow/tfjs", "@tensorflow/tfjs-backend-wasm", "typescript", "vitest"];

/**
 * Does with the example what its author would do, in a folder outside the repository: compiles, runs the tests, and puts
 * the model into the report of the benchmark.
 *
 * @param {string} place where the packages (here their tarballs) and the tools are installed
 * @returns {Promise<string[]>} what is wrong
 */
export async function checkOutsideProject(place) {
  for (const each of ["src", "tsconfig.json"])
    cpSync(join(root, outsideProject, each), join(place, each), { recursive: true });
  const compiler = await installed(place, "typescript/bin/tsc", []);
  if (compiler.exitCode !== 0) return [`tsc: ${compiler.output}`];
  return [...(await testFailures(place)), ...(await reportFaults(place))];
}

/**
 * Runs a program of the project's own node_modules.
 *
 * @param {string} place
 * @param {string} program
 * @param {readonly string[]} commandLine
 */
const installed = (place, program, commandLine) =>
  capture(process.execPath, [join(place, "node_modules", program), ...commandLine], place);

/** @param {string} place */
async function testFailures(place) {
  const report = join(place, "tests.json");
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const { exitCode, output } = await installed(place, "vitest/vitest.mjs", [
    "run",
    "--dir=src",
    ...reporters,
  ]);
  return exitCode === 0 && readReport(report).failed === 0 ? [] : [`vitest: ${output}`];
}

/**
 * Trains the model for a few steps beside Glow, as `npm run bench` does, and looks for it in what is written.
 *
 * @param {string} place
 */
async function reportFaults(place) {
  const program = join(root, "apps/benchmark/dist/main.js");
  if (!existsSync(program))
    throw new Error(`check-packages: expected a build of the benchmark in ${program}`);
  const choices = ["--models", "glow,twist", "--datasets", "moons", "--steps", "10"];
  const { exitCode, output } = await capture(
    process.execPath,
    [program, "--model", "twist=dist/benchmark-entry.js", ...choices, "--out", "report"],
    place,
  );
  if (exitCode !== 0) return [`benchmark: ${output}`];
  const read = (/** @type {string} */ name) => readFileSync(join(place, "report", name), "utf8");
  const { jobs, rules } = JSON.parse(read("results.json"));
  const job = jobs.find((/** @type {{ model: string }} */ { model }) => model === "twist");
  const broken = rules.flatMap((/** @type {{ violations: string[] }} */ { violations }) => violations);
  const faults = broken.map((/** @type {string} */ violation) => `benchmark: ${violation}`);
  if (!Number.isFinite(job?.metrics["test-nll"]?.value))
    faults.push(`results.json: expected a test NLL of twist, received ${JSON.stringify(job)}`);
  if (!read("report.html").includes("Twist Flow (twist)"))
    faults.push("report.html: expected a paragraph about the Twist Flow, found none");
  if (output.includes("already registered"))
    faults.push("benchmark: expected one copy of TensorFlow.js in its processes, found two");
  return faults;
}
