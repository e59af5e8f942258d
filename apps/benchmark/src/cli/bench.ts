import { existsSync } from "node:fs";
import { entryNamed } from "../catalogue/catalogue.ts";
import type { DataSource } from "../catalogue/dataset-entry.ts";
import type { JobRequest } from "../job/request.ts";
import { readAddress } from "../queue/address.ts";
import { probeBackend } from "../run/child.ts";
import { createDisplay } from "../run/display.ts";
import type { Display } from "../run/display.ts";
import { beginRun, continueRun, pathsOf } from "../run/folder.ts";
import { watchInterruptions } from "../run/interruption.ts";
import { jobsOf } from "../run/jobs-of.ts";
import { runAtPace, unfinishedRequests } from "../run/requests.ts";
import { runJobs } from "../run/run-jobs.ts";
import type { JobsOutcome } from "../run/run-jobs.ts";
import { takeFolder } from "../run/take-folder.ts";
import { exitCodes } from "./exit-codes.ts";
import { defaultJobs } from "./options.ts";
import type { GivenOptions } from "./options.ts";
import { chooseEngine } from "./choose-engine.ts";
import { parse } from "./parse.ts";
import type { FigureOptions } from "./parse-figure.ts";
import { checkPlanHolds, makePlan } from "./plan.ts";
import type { Plan } from "./plan.ts";
import { shown } from "./shown.ts";
import { UsageError } from "./usage-error.ts";
import type { StudyEntry } from "../studies/study.ts";

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
  switch (parsed.kind) {
    case "help":
      process.stdout.write(parsed.text);
      return exitCodes.done;
    case "figure":
      return drawFigure(parsed.study, parsed.options);
    case "worker": {
      const { work } = await import("../queue/work.ts");
      await work(parsed.options, (line) => void process.stdout.write(`${line}\n`));
      return exitCodes.done;
    }
    case "slurm": {
      const { prepareForSlurm } = await import("./slurm.ts");
      return prepareForSlurm(parsed.given, parsed.slurm);
    }
    case "cell": {
      const { runCellOfFolder } = await import("./slurm.ts");
      return runCellOfFolder(parsed.options.out, parsed.options.index);
    }
    case "collect": {
      const { collect } = await import("./slurm.ts");
      return collect(parsed.options.out);
    }
    case "run":
      return runTable(parsed.given);
  }
}

async function runTable(given: GivenOptions): Promise<number> {
  const plan = await makePlan(given);
  if (plan.kind === "already done") {
    const { summarise } = await loadEnd();
    process.stdout.write("This run is complete.\n");
    summarise(plan.results, plan.folder);
    return exitCodes.done;
  }
  const { folder, record } = plan;
  if (plan.kind === "start" && plan.note !== undefined) process.stderr.write(`${plan.note}\n`);
  const watch = watchInterruptions(() =>
    process.stderr.write(
      given.queue === undefined
        ? "\nStopping after the current step. Press Ctrl-C again to stop at once.\n"
        : "\nLeaving. The queue goes on.\n",
    ),
  );
  try {
    const sources =
      given.queue === undefined
        ? await prepareHere(plan, watch.interruption)
        : await prepareElsewhere(given.queue);
    if (watch.interruption.aborted) return exitCodes.interrupted;
    const unlock = await takeFolder(folder);
    try {
      await checkPlanHolds(plan);
      await (plan.kind === "start" ? beginRun(folder, record) : continueRun(folder, record));
      return await train(plan, sources, given, watch);
    } finally {
      unlock();
    }
  } finally {
    watch.stop();
  }
}

type Sources = Readonly<Record<string, DataSource | null>>;

/** Makes sure that the data are there and that the backend starts, before anything is written. */
async function prepareHere(
  { record, catalogue }: Exclude<Plan, { kind: "already done" }>,
  signal: AbortSignal,
): Promise<Sources> {
  const sources: Record<string, DataSource | null> = {};
  for (const name of record.choices.datasets) {
    const { prepare } = entryNamed(catalogue.datasets, name);
    sources[name] = (await prepare?.({ folder: record.data, signal })) ?? null;
    if (signal.aborted) return sources;
  }
  await probeBackend(record.choices.backend).catch((error: Error) => {
    throw new UsageError(`--backend ${record.choices.backend}: ${error.message}`);
  });
  return sources;
}

/** The machines that run the jobs see to their data and backend themselves. Here only the queue has to answer. */
async function prepareElsewhere(queue: string | true): Promise<Sources> {
  const { checkAnswers } = await import("../queue/connect.ts");
  await checkAnswers(readAddress(queue));
  return {};
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
  sources: Sources,
  given: GivenOptions,
  watch: ReturnType<typeof watchInterruptions>,
): Promise<number> {
  const started = performance.now();
  const paths = pathsOf(folder);
  const names = jobsOf(record.choices, catalogue).map((job) => job.name);
  const requests = await unfinishedRequests(folder, record, catalogue, sources, given.checkpointEvery);
  const isThere = () => existsSync(paths.record);
  const runner = await chooseRunner(given, record, names, isThere, watch);
  const outcome = await runAtPace(folder, requests, runner.run).finally(() => runner.close());
  if (!isThere()) {
    process.stderr.write(
      `--out: expected ${folder} to stay until the run ends, but it was removed or moved meanwhile\n`,
    );
    return exitCodes.failed;
  }

  const { finishRun, resultsSoFar, summarise, tablesFor } = await loadEnd();
  for (const { request, message } of outcome.failures)
    process.stderr.write(`${request.job.name}: ${message}\n`);
  if (outcome.interrupted || outcome.failures.length > 0) {
    const soFar = await resultsSoFar(folder, record, catalogue);
    if (soFar.jobs.length > 0 && !record.choices.grid)
      process.stdout.write(`\nSo far:\n${tablesFor(soFar)}\n`);
  }
  const goOn =
    given.queue === undefined
      ? `npm run bench -- --resume --out ${shown(folder)}`
      : "enter the same command again";
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
  const seconds = (performance.now() - started) / 1000;
  summarise(await finishRun(folder, record, catalogue, seconds, runner.jobsSideBySide), folder);
  return exitCodes.done;
}

/** Tables and report take longer to load than all else, and a command that ends with an error needs none of it. */
async function loadEnd() {
  const [finish, summarise] = await Promise.all([import("../run/finish.ts"), import("./summarise.ts")]);
  return { ...finish, ...summarise };
}

/** What runs jobs: child processes of this one, or the workers of a queue. */
interface Runner {
  readonly run: (requests: readonly JobRequest[]) => Promise<JobsOutcome>;
  /** Null where others decide it. */
  readonly jobsSideBySide: number | null;
  close(): Promise<void>;
}

async function chooseRunner(
  given: GivenOptions,
  { data }: Exclude<Plan, { kind: "already done" }>["record"],
  names: readonly string[],
  isWorthwhile: () => boolean,
  { interruption, emergency }: ReturnType<typeof watchInterruptions>,
): Promise<Runner> {
  if (given.queue === undefined) {
    const jobsSideBySide = given.jobs ?? defaultJobs();
    const display: Display = createDisplay(process.stdout, names);
    return {
      run: (some) => runJobs(some, jobsSideBySide, display, isWorthwhile, interruption, emergency),
      jobsSideBySide,
      close: async () => display.close(),
    };
  }
  // Loaded only here: a local run needs none of it.
  const { runnerOfQueue } = await import("../queue/runner.ts");
  return runnerOfQueue({
    address: readAddress(given.queue),
    shared: given.shared,
    ...{ data, names, isWorthwhile, interruption, emergency },
    dashboard: given.dashboard,
  });
}
