import { mkdir } from "node:fs/promises";
import { hostname } from "node:os";
import { join, resolve } from "node:path";
import { entryNamed } from "../catalogue/catalogue.ts";
import { checkUnchanged, openCatalogue } from "../catalogue/extensions/open-catalogue.ts";
import { collectVersions, describeDifference } from "../results/versions.ts";
import type { RunRecord } from "../results/run-record.ts";
import { writeAtomically } from "../run/atomic-file.ts";
import { createDisplay } from "../run/display.ts";
import { beginRun, continueRun, inspectFolder, readJobResult } from "../run/folder.ts";
import { watchInterruptions } from "../run/interruption.ts";
import { jobsOf } from "../run/jobs-of.ts";
import type { Job } from "../run/jobs-of.ts";
import { runAtPace, unfinishedRequests } from "../run/requests.ts";
import { runJobs } from "../run/run-jobs.ts";
import { takeFolder } from "../run/take-folder.ts";
import { arrayScript } from "../slurm/array-script.ts";
import type { SlurmOptions } from "../slurm/array-script.ts";
import { exitCodes } from "./exit-codes.ts";
import type { GivenOptions } from "./options.ts";
import { checkPlanHolds, makePlan } from "./plan.ts";
import { shown } from "./shown.ts";
import { UsageError } from "./usage-error.ts";

/** Prepares the folder of a run and writes the script whose tasks run its jobs. @returns the exit code */
export async function prepareForSlurm(given: GivenOptions, { sbatch }: SlurmOptions): Promise<number> {
  const plan = await makePlan(given);
  if (plan.kind === "already done") {
    const { summarise } = await import("./summarise.ts");
    process.stdout.write("This run is complete.\n");
    summarise(plan.results, plan.folder);
    return exitCodes.done;
  }
  const { folder, record, catalogue } = plan;
  if (plan.kind === "start" && plan.note !== undefined) process.stderr.write(`${plan.note}\n`);
  if (/[\s%]/.test(folder))
    throw new UsageError(
      `--out: expected a path without spaces and "%", which Slurm replaces, received ${folder}`,
    );
  const unlock = await takeFolder(folder);
  try {
    await checkPlanHolds(plan);
    await (plan.kind === "start" ? beginRun(folder, record) : continueRun(folder, record));
    const jobs = jobsOf(record.choices, catalogue);
    const open = await unfinished(folder, jobs);
    const collecting = `npm run bench -- collect --out ${shown(folder)}`;
    if (open.length === 0) {
      process.stdout.write(`All jobs have ended. To build the report: ${collecting}\n`);
      return exitCodes.done;
    }
    await mkdir(join(folder, "slurm"), { recursive: true });
    const script = join(folder, "slurm", "array.sh");
    await writeAtomically(
      script,
      arrayScript({
        ...{ folder, sbatch, threads: record.choices.threads },
        indices: open.map((job) => jobs.indexOf(job)),
        node: [process.execPath, ...process.execArgv],
        program: resolve(process.argv[1]!),
      }),
    );
    process.stdout.write(
      [
        `${open.length} jobs. To start them:      sbatch ${shown(script)}`,
        `When they have ended:      ${collecting}`,
        ...(open.length > 1000
          ? ["Slurm allows arrays of 1000 tasks, unless its MaxArraySize says otherwise."]
          : []),
        "",
      ].join("\n"),
    );
    return exitCodes.done;
  } finally {
    unlock();
  }
}

/** Runs one job of a run, in the folder of the run, which every machine sees. @returns the exit code */
export async function runCellOfFolder(given: string, index: number): Promise<number> {
  const folder = resolve(given);
  const { record, catalogue, jobs } = await openRun(folder);
  const job = jobs[index];
  if (!job)
    throw new UsageError(`--index: expected a whole number from 0 to ${jobs.length - 1}, received ${index}`);
  const watch = watchInterruptions(() => process.stderr.write("Stopping after the current step.\n"));
  const display = createDisplay(process.stdout, [job.name]);
  try {
    const { prepare } = entryNamed(catalogue.datasets, job.dataset);
    const source = (await prepare?.({ folder: record.data, signal: watch.interruption })) ?? null;
    if (watch.interruption.aborted) return exitCodes.interrupted;
    const requests = await unfinishedRequests(folder, record, catalogue, { [job.dataset]: source });
    const own = requests
      .filter((request) => request.job.name === job.name)
      .map((request) => ({ ...request, machine: hostname() }));
    if (own.length === 0) {
      process.stdout.write(`${job.name} has a result already.\n`);
      return exitCodes.done;
    }
    const { interrupted, failures } = await runAtPace(folder, own, (some) =>
      runJobs(some, 1, display, () => true, watch.interruption, watch.emergency),
    );
    for (const { message } of failures) process.stderr.write(`${job.name}: ${message}\n`);
    if (interrupted) return exitCodes.interrupted;
    return failures.length > 0 ? exitCodes.failed : exitCodes.done;
  } finally {
    display.close();
    watch.stop();
  }
}

/** Builds tables and report once every job has its result, and says which have none before. @returns the exit code */
export async function collect(given: string): Promise<number> {
  const folder = resolve(given);
  const { record, catalogue, jobs } = await openRun(folder);
  const { finishRun, resultsSoFar } = await import("../run/finish.ts");
  const { summarise, tablesFor } = await import("./summarise.ts");
  const unlock = await takeFolder(folder);
  try {
    const open = await unfinished(folder, jobs);
    if (open.length > 0) {
      const soFar = await resultsSoFar(folder, record, catalogue);
      if (soFar.jobs.length > 0 && !record.choices.grid)
        process.stdout.write(`\nSo far:\n${tablesFor(soFar)}\n`);
      process.stderr.write(
        `${open.length} of ${jobs.length} jobs have no result yet: ${open.map(({ name }) => name).join(", ")}\n`,
      );
      return exitCodes.failed;
    }
    const seconds = (Date.now() - Date.parse(record.startedAt)) / 1000;
    summarise(await finishRun(folder, record, catalogue, seconds, null), folder);
    return exitCodes.done;
  } finally {
    unlock();
  }
}

/** @throws UsageError where there is no run, or what computes here is not what the run was asked for with */
async function openRun(folder: string) {
  const state = await inspectFolder(folder);
  if (state.kind === "empty")
    throw new UsageError(`--out: expected the folder of a run, received ${folder}, where there is none`);
  const record: RunRecord = state.record;
  const differences = describeDifference(record.versions, collectVersions());
  if (differences !== "")
    throw new UsageError(
      `--out: expected a run of the versions that are here, received one of ${differences}`,
    );
  await checkUnchanged(
    record.extensions,
    (name) => `expected ${name} with the content that it had when the run began, received another`,
  );
  const catalogue = await openCatalogue(record.extensions);
  return { record, catalogue, jobs: jobsOf(record.choices, catalogue) };
}

async function unfinished(folder: string, jobs: readonly Job[]): Promise<Job[]> {
  const results = await Promise.all(jobs.map(({ name }) => readJobResult(folder, name)));
  return jobs.filter((_, i) => !results[i]);
}
