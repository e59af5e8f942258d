import type { Catalogue } from "../catalogue/catalogue.ts";
import { tableExports } from "../results/exports/table-exports.ts";
import { judge } from "../results/fairness-rules.ts";
import type { RunRecord } from "../results/run-record.ts";
import { resultsFormat } from "../results/schema.ts";
import type { JobResult, Outcome, Results } from "../results/schema.ts";
import { describeMachine } from "../results/versions.ts";
import { renderReport } from "../report/render-report.ts";
import { removeHalfWritten, writeAtomically } from "./atomic-file.ts";
import { tunedModels } from "../tuning/tuning.ts";
import type { Tuning } from "../tuning/tuning.ts";
import { pathsOf, readJobResult } from "./folder.ts";
import { jobsOf } from "./jobs-of.ts";

/** The tables' part of a run that has not ended: what its finished jobs found. */
export async function resultsSoFar(
  folder: string,
  { choices }: RunRecord,
  catalogue: Catalogue,
): Promise<Pick<Results, "jobs" | "published">> {
  const jobs: JobResult[] = [];
  for (const { name } of jobsOf(choices, catalogue)) {
    const result = await readJobResult(folder, name);
    if (result) jobs.push(result);
  }
  return { jobs: jobs.map(withoutFigures), published: publishedBeside(jobs, catalogue) };
}

/** Gathers the finished jobs into results.json, report.html and the tables for other documents. */
export async function finishRun(
  folder: string,
  record: RunRecord,
  catalogue: Catalogue,
  seconds: number,
  jobsSideBySide: number | null,
): Promise<Results> {
  const jobs: JobResult[] = [];
  for (const job of jobsOf(record.choices, catalogue)) {
    const result = await readJobResult(folder, job.name);
    if (!result)
      throw new Error(`${pathsOf(folder).jobResult(job.name)}: expected a finished job, found none`);
    jobs.push(result);
  }
  const outcomes = jobs.map(withoutFigures);
  const results: Results = {
    format: resultsFormat,
    startedAt: record.startedAt,
    finishedAt: new Date().toISOString(),
    choices: record.choices,
    extensions: record.extensions,
    versions: record.versions,
    machine: describeMachine(),
    backend: jobs[0]!.backend,
    rules: judge(outcomes),
    published: publishedBeside(jobs, catalogue),
    timing: { seconds, jobsSideBySide },
    jobs: outcomes,
  };
  const paths = pathsOf(folder);
  const { choices, versions } = record;
  if (choices.grid) {
    const tuning: Tuning = {
      format: "invertible-benchmark-tuning/2",
      finishedAt: results.finishedAt,
      ...{ choices, versions },
      models: tunedModels(outcomes),
    };
    await writeAtomically(paths.tuning, JSON.stringify(tuning, undefined, 2) + "\n");
  } else {
    const { markdown, latex } = tableExports(results, catalogue);
    await writeAtomically(paths.markdown, markdown);
    await writeAtomically(paths.latex, latex);
    await writeAtomically(paths.report, await renderReport(results, jobs, catalogue));
  }
  // All jobs have ended, so no other process writes here.
  await removeHalfWritten(folder);
  // Last: its presence, with the run's start time, says that everything is there.
  await writeAtomically(paths.results, JSON.stringify(results, undefined, 2) + "\n");
  return results;
}

function withoutFigures(job: JobResult): Outcome {
  const { figures: _figures, format: _format, ...outcome } = job;
  // It was read from a file a moment ago, so what metrics measured is JSON.
  return outcome as Outcome;
}

/** Of the literature, only what belongs to a model and a data set of this run. */
function publishedBeside(jobs: readonly JobResult[], { models }: Catalogue): Results["published"] {
  return models.flatMap(({ name: model, published }) =>
    published
      .filter(({ dataset }) => jobs.some((job) => job.dataset === dataset && job.model === model))
      .map((result) => ({ ...result, model })),
  );
}
