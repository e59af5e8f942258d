import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { comparableResults, runCommand } from "../../test-support/command.ts";
import { findSlurm, startSlurm } from "../../test-support/slurm.ts";
import type { TestSlurm } from "../../test-support/slurm.ts";
import { resultsSchema } from "../results/schema.ts";
import { arrayScript, ranges } from "./array-script.ts";

const problem = findSlurm();
const choices = [
  "table",
  "toy",
  "--models",
  "glow",
  "--datasets",
  "moons,rings",
  "--steps",
  "60",
  "--seed",
  "5",
];

it("writes numbers of tasks as Slurm reads them", () => {
  expect(ranges([0, 1, 2, 5, 7, 8])).toBe("0-2,5,7-8");
  expect(ranges([4])).toBe("4");
});

it("a script can be read by bash, whatever its paths hold, and lets the user's options win", () => {
  const folder = mkdtempSync(join(tmpdir(), "bench-script-"));
  try {
    const script = arrayScript({
      folder: "/a folder/it's",
      indices: [0, 1],
      threads: 2,
      node: ["/usr/bin/true"],
      program: "main.js",
      sbatch: ["--cpus-per-task=4"],
    });
    writeFileSync(join(folder, "array.sh"), script);
    execFileSync("bash", ["-n", join(folder, "array.sh")]);
    expect(script).toContain(`--out '/a folder/it'\\''s'`);
    expect(script.indexOf("--cpus-per-task=2")).toBeLessThan(script.indexOf("--cpus-per-task=4"));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

describe.skipIf(problem !== undefined)(`Slurm${problem === undefined ? "" : ` (${problem})`}`, () => {
  let folder: string;
  let slurm: TestSlurm | undefined;
  const at = (...parts: string[]) => join(folder, ...parts);

  beforeAll(async () => {
    if (problem !== undefined) return;
    folder = mkdtempSync(join(tmpdir(), "bench-slurm-"));
    mkdirSync(at("slurm"));
    slurm = await startSlurm(at("slurm"));
  }, 60_000);
  afterAll(async () => {
    await slurm?.stop();
    // A task's own daemon, slurmstepd, may still be ending.
    if (problem === undefined)
      rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 200 });
  });

  it("runs a table as an array job, whose numbers are those of a local run", async () => {
    const prepared = await runCommand(
      ["slurm", ...choices, "--out", "array", "--sbatch", "--comment=test"],
      folder,
    );
    expect({ ...prepared, output: "" }).toEqual({ exitCode: 0, errors: "", output: "" });
    expect(prepared.output).toContain("2 jobs. To start them:      sbatch array/slurm/array.sh\n");
    const early = await runCommand(["collect", "--out", "array"], folder);
    expect(early.exitCode).toBe(1);
    expect(early.errors).toBe("2 of 2 jobs have no result yet: moons-glow, rings-glow\n");

    slurm!.call("sbatch", at("array", "slurm", "array.sh"));
    while (slurm!.isBusy()) await wait(500);
    const collected = await runCommand(["collect", "--out", "array"], folder);
    expect({ ...collected, output: "" }).toEqual({ exitCode: 0, errors: "", output: "" });
    expect(collected.output).toContain(`on ${hostname()} (2 jobs), with seed 5`);
    expect(existsSync(at("array", "report.html"))).toBe(true);

    await runCommand([...choices, "--out", "local"], folder);
    expect(comparableResults(at("array"))).toEqual(comparableResults(at("local")));
    const { jobs } = resultsSchema.parse(JSON.parse(readFileSync(at("array", "results.json"), "utf8")));
    expect(jobs.map(({ machine }) => machine?.name)).toEqual([hostname(), hostname()]);
  }, 300_000);

  it("queues a task again whose time ends, which goes on from there, and stops a cancelled one at its step", async () => {
    const endless = ["--models", "glow", "--datasets", "moons", "--engine", "eager", "--steps", "1000000"];
    await runCommand(["slurm", "table", "toy", ...endless, "--out", "ended"], folder);
    const id = slurm!.call("sbatch", "--parsable", at("ended", "slurm", "array.sh")).trim();
    const log = () => readFileSync(at("ended", "slurm", `${id}_0.out`), { encoding: "utf8", flag: "a+" });
    /** What the log says of each start of the task: the first step that it shows, and the one where it stopped. */
    const starts = () =>
      log()
        .split("starting\n")
        .slice(1)
        .map((text) => [/training (\d+)/, /stopped at step (\d+)/].map((words) => words.exec(text)?.[1]));
    const until = async (holds: () => boolean) => {
      for (; !holds(); await wait(100)) if (!slurm!.isBusy()) throw new Error(`the task ended: ${log()}`);
    };
    await until(() => starts()[0]?.[0] !== undefined);
    await wait(2000);
    // As Slurm does it a minute before the end.
    slurm!.call("scancel", "--signal=USR1", "--batch", `${id}_0`);
    await until(() => starts()[1]?.[0] !== undefined);
    slurm!.call("scancel", id);
    while (slurm!.isBusy()) await wait(100);

    const [[first, stopped], [second, cancelled]] = starts() as [string[], string[]];
    expect(Number(first)).toBeLessThan(Number(stopped));
    expect(Number(second)).toBeGreaterThanOrEqual(Number(stopped));
    expect(Number(cancelled)).toBeGreaterThanOrEqual(Number(second));
    const collected = await runCommand(["collect", "--out", "ended"], folder);
    expect(collected).toMatchObject({
      exitCode: 1,
      errors: "1 of 1 jobs have no result yet: moons-glow\n",
    });
  }, 120_000);
});
