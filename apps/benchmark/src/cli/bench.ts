import { existsSync } from "node:fs";
import { isAbsolute, relative } from "node:path";
import { entryNamed } from "../catalogue/catalogue.ts";
import type { DataSource } from "../catalogue/dataset-entry.ts";
import type { JobRequest } from "../job/request.ts";
import { formatDuration } from "../results/format.ts";
import type { Results } from "../results/schema.ts";
import { renderTables } from "../results/terminal-table.ts";
import { probeBackend } from "../run/child.ts";
import { createDisplay } from "../run/display.ts";
import { beginRun, continueRun, pathsOf } from "../run/folder.ts";
import { finishRun, resultsSoFar } from "../run/finish.ts";
import { describeTuning } from "../tuning/describe-tuning.ts";
import { keptFile } from "../tuning/kept-tuning.ts";
import { watchInterruptions } from "../run/interruption.ts";
import { jobsOf } from "../run/jobs-of.ts";
import { runAtPace, unfinishedRequests } from "../run/requests.ts";
import { runJobs } from "../run/run-jobs.ts";
import { takeFolder } from "../run/take-folder.ts";
import { describeExports } from "../results/describe-exports.ts";
import { defaultJobs } from "./options.ts";
import type { GivenOptions } from "./options.ts";
import { chooseEngine } from "./choose-engine.ts";
import { parse } from "./parse.ts";
import type { FigureOptions } from "./parse-figure.ts";
import { checkPlanHolds, makePlan } from "./plan.ts";
import type { Plan } from "./plan.ts";
import { UsageError } from "./usage-error.ts";
import type { StudyEntry } from "../studies/study.ts";

const exitCodes = { done: 0, failed: 1, usage: 2, interrupted: 130 } as const;

/** The whole command. @returns its exit code */
export async function bench(commandLine: readonly string[]): Promise<number> {
  try {
    return await runCommand(commandLine);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    process.stderr.write(`${error.message}\n`);
    return error instanceof UsageError ? exitCodes.usage : exitCodes.failed;
  }
}

async function runCommand(commandLine: readonly string[]): Promise<number> {
  const parsed = parse(commandLine);
  if (parsed.kind === "help") {
    process.stdout.write(parsed.text);
    return exitCodes.done;
  }
  if (parsed.kind === "figure") return drawFigure(parsed.study, parsed.options);
  const plan = await makePlan(parsed.given);
  if (plan.kind === "already done") {
    process.stdout.write("This run is complete.\n");
    summarise(plan.results, plan.folder);
    return exitCodes.done;
  }
  const { folder, record, catalogue } = plan;
  if (plan.kind === "start" && plan.note !== undefined) process.stderr.write(`${plan.note}\n`);
  const watch = watchInterruptions(() =>
    process.stderr.write("\nStopping after the current step. Press Ctrl-C again to stop at once.\n"),
  );
  try {
    const sources: Record<string, DataSource | null> = {};
    for (const name of record.choices.datasets) {
      const { prepare } = entryNamed(catalogue.datasets, name);
      sources[name] = (await prepare?.({ folder: record.data, signal: watch.interruption })) ?? null;
      if (watch.interruption.aborted) return exitCodes.interrupted;
    }
    await probeBackend(record.choices.backend).catch((error: Error) => {
      throw new UsageError(`--backend ${record.choices.backend}: ${error.message}`);
    });
    if (watch.interruption.aborted) return exitCodes.interrupted;
    const unlock = await takeFolder(folder);
    try {
      await checkPlanHolds(plan);
      await (plan.kind === "start" ? beginRun(folder, record) : continueRun(folder, record));
      return await train(plan, sources, parsed.given, watch);
    } finally {
      unlock();
    }
  } finally {
    watch.stop();
  }
}

/** In this process, which has nothing else to do. */
async function drawFigure(study: StudyEntry, options: FigureOptions): Promise<number> {
  const { engine, note } = await chooseEngine(options);
  if (note !== undefined) process.stderr.write(`${note}\n`);
  const watch = watchInterruptions(() =>
    process.stderr.write("\nStopping. Press Ctrl-C again to stop at once.\n"),
  );
  watch.emergency.addEventListener("abort", () => process.exit(exitCodes.interrupted));
  try {
    const { runStudy } = await import("../studies/run-study.ts");
    const say = (text: string) => void process.stdout.write(`${text}\n`);
    const files = await runStudy(study, options, engine, say, watch.interruption);
    process.stdout.write(`Numbers: ${shown(files.numbers)}\nFigure:  ${shown(files.page)}\n`);
    return exitCodes.done;
  } catch (error) {
    if (watch.interruption.aborted) return exitCodes.interrupted;
    throw error;
  } finally {
    watch.stop();
  }
}

async function train(
  { folder, record, catalogue }: Exclude<Plan, { kind: "already done" }>,
  sources: Readonly<Record<string, DataSource | null>>,
  given: GivenOptions,
  watch: ReturnType<typeof watchInterruptions>,
): Promise<number> {
  const started = performance.now();
  const sideBySide = given.jobs ?? defaultJobs();
  const paths = pathsOf(folder);
  const jobs = jobsOf(record.choices, catalogue);
  const requests = await unfinishedRequests(folder, record, catalogue, sources, given.checkpointEvery);
  const display = createDisplay(
    process.stdout,
    jobs.map((job) => job.name),
  );
  const isThere = () => existsSync(paths.record);
  const run = (some: readonly JobRequest[]) =>
    runJobs(some, sideBySide, display, isThere, watch.interruption, watch.emergency);
  const outcome = await runAtPace(folder, requests, run);
  display.close();
  if (!isThere()) {
    process.stderr.write(
      `--out: expected ${folder} to stay until the run ends, but it was removed or moved meanwhile\n`,
    );
    return exitCodes.failed;
  }

  const goOn = `npm run bench -- --resume --out ${shown(folder)}`;
  for (const { request, message } of outcome.failures)
    process.stderr.write(`${request.job.name}: ${message}\n`);
  if (outcome.interrupted || outcome.failures.length > 0) {
    const soFar = await resultsSoFar(folder, record, catalogue);
    if (soFar.jobs.length > 0 && !record.choices.grid)
      process.stdout.write(`\nSo far:\n${tablesFor(soFar)}\n`);
  }
  if (outcome.interrupted) {
    process.stderr.write(`Interrupted. To go on: ${goOn}\n`);
    return exitCodes.interrupted;
  }
  if (outcome.failures.length > 0) {
    process.stderr.write(
      `${outcome.failures.length} of ${requests.length} jobs failed. To try them again: ${goOn}\n`,
    );
    return exitCodes.failed;
  }
  summarise(
    await finishRun(folder, record, catalogue, (performance.now() - started) / 1000, sideBySide),
    folder,
  );
  return exitCodes.done;
}

/** As the user would type it: relative below the current folder, absolute elsewhere. */
function shown(path: string): string {
  const fromHere = relative(process.cwd(), path);
  return fromHere.startsWith("..") || isAbsolute(fromHere) ? path : fromHere || ".";
}

function summariseSearch({ jobs, choices }: Results, folder: string): void {
  const { tuning } = pathsOf(folder);
  process.stdout.write(
    [
      "",
      describeTuning(jobs),
      "",
      `Log of the search: ${shown(tuning)}`,
      `To train with what it found, copy the log to ${shown(keptFile(choices.preset))}`,
      "",
    ].join("\n"),
  );
}

const tablesFor = (results: Pick<Results, "jobs" | "published">) =>
  renderTables(results, process.stdout.isTTY ? process.stdout.columns : 220);

function describeSeeds({ seed, seeds }: Results["choices"]): string {
  return seeds === 1 ? `seed ${seed}` : `seeds ${seed} to ${seed + seeds - 1}`;
}

function summarise(results: Results, folder: string): void {
  if (results.choices.grid) return summariseSearch(results, folder);
  const { report, results: resultsFile, models, markdown, latex } = pathsOf(folder);
  // A folder of an earlier version has none.
  const tables = [markdown, latex].filter((path) => existsSync(path));
  process.stdout.write(
    [
      "",
      tablesFor(results),
      "",
      `The run took ${formatDuration(results.timing.seconds)} minutes on ${results.machine.cores} x ${results.machine.processor}, with ${describeSeeds(results.choices)} and at most ${results.timing.jobsSideBySide} jobs at a time.`,
      `Results: ${shown(resultsFile)}`,
      `Report:  ${shown(report)}`,
      ...(tables.length === 0 ? [] : [`Tables:  ${tables.map(shown).join(" and ")}`]),
      ...describeExports(results.jobs, shown(models)),
      "",
    ].join("\n"),
  );
}
