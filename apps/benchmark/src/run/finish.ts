import { comparisonRules, published } from "../results/published.ts";
import type { RunRecord } from "../results/run-record.ts";
import type { JobResult, Outcome, Results } from "../results/schema.ts";
import { describeMachine } from "../results/versions.ts";
import { renderReport } from "../report/render-report.ts";
import { writeAtomically } from "./atomic-file.ts";
import { pathsOf, readJobResult } from "./folder.ts";
import { jobsOf } from "./job-name.ts";

/** Gathers the finished jobs into results.json and report.html. */
export async function finishRun(
  folder: string,
  record: RunRecord,
  seconds: number,
  jobsSideBySide: number,
): Promise<Results> {
  const jobs: JobResult[] = [];
  for (const job of jobsOf(record.choices)) {
    const result = await readJobResult(folder, job.name);
    if (!result)
      throw new Error(`${pathsOf(folder).jobResult(job.name)}: expected a finished job, found none`);
    jobs.push(result);
  }
  const results: Results = {
    format: "invertible-benchmark-results/1",
    startedAt: record.startedAt,
    finishedAt: new Date().toISOString(),
    choices: record.choices,
    versions: record.versions,
    machine: describeMachine(),
    backend: jobs[0]!.backend,
    rules: [...comparisonRules],
    published: published.filter((p) => jobs.some((j) => j.dataset === p.dataset && j.model === p.model)),
    timing: { seconds, jobsSideBySide },
    jobs: jobs.map(withoutFigures),
  };
  const paths = pathsOf(folder);
  // results.json last: its presence, with the run's start time, says that everything is there.
  await writeAtomically(paths.report, renderReport(results, jobs));
  await writeAtomically(paths.results, JSON.stringify(results, undefined, 2) + "\n");
  return results;
}

function withoutFigures(job: JobResult): Outcome {
  const { figures: _figures, format: _format, ...outcome } = job;
  return outcome;
}
