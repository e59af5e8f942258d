import type { Catalogue } from "../catalogue/catalogue.ts";
import type { DataSource } from "../catalogue/dataset-entry.ts";
import type { JobRequest } from "../job/request.ts";
import type { RunRecord } from "../results/run-record.ts";
import { pathsOf, readJobResult, readPace } from "./folder.ts";
import { trainingOf, workloadOf } from "./job-settings.ts";
import { byDecreasingLength, jobsOf, paceName } from "./jobs-of.ts";
import type { JobsOutcome } from "./run-jobs.ts";

/** What the jobs of a run that have no result yet are asked to do, in the order in which they should begin. */
export async function unfinishedRequests(
  folder: string,
  { choices, extensions, exportOnnx }: RunRecord,
  catalogue: Catalogue,
  sources: Readonly<Record<string, DataSource | null>>,
  checkpointEvery?: number,
): Promise<JobRequest[]> {
  const paths = pathsOf(folder);
  const requests: JobRequest[] = [];
  const jobs = jobsOf(choices, catalogue);
  for (const job of byDecreasingLength(jobs)) {
    if (await readJobResult(folder, job.name)) continue;
    const { backend, engine, threads, budgetSeconds, grid } = choices;
    requests.push({
      job,
      workload: workloadOf(choices.preset, job),
      training: trainingOf(job, choices, catalogue, checkpointEvery),
      ...{ backend, engine, threads, extensions },
      validation: grid !== null,
      source: sources[job.dataset] ?? null,
      machine: null,
      measuresData:
        job ===
        jobs.find(
          ({ task, dataset, seed }) => task === job.task && dataset === job.dataset && seed === job.seed,
        ),
      exports: exportOnnx
        ? { logProb: paths.onnx(job.name, "logProb"), inverse: paths.onnx(job.name, "inverse") }
        : null,
      checkpoint: paths.checkpoint(job.name),
      measurements: paths.measurements(job.name),
      result: paths.jobResult(job.name),
      pace: budgetSeconds === null ? null : { budgetSeconds, path: paths.pace(paceName(job)) },
    });
  }
  return requests;
}

/**
 * Runs the requests. Those with a time budget get the number of steps that it holds: where that has not been measured yet, it is
 * measured first.
 */
export async function runAtPace(
  folder: string,
  requests: readonly JobRequest[],
  run: (requests: readonly JobRequest[]) => Promise<JobsOutcome>,
): Promise<JobsOutcome> {
  const unmeasured = new Map<string, JobRequest>();
  for (const request of requests) {
    const name = paceName(request.job);
    if (request.pace && !unmeasured.has(name) && !(await readPace(folder, name)))
      unmeasured.set(name, request);
  }
  const measured = unmeasured.size > 0 ? await run([...unmeasured.values()]) : undefined;
  if (measured?.interrupted) return measured;

  const paced: JobRequest[] = [];
  for (const request of requests) {
    if (!request.pace) {
      paced.push(request);
      continue;
    }
    const pace = await readPace(folder, paceName(request.job));
    // One that could not be measured has failed, and is told of with the others.
    if (pace) paced.push({ ...request, pace: null, training: { ...request.training, steps: pace.steps } });
  }
  const outcome = await run(paced);
  return { ...outcome, failures: [...(measured?.failures ?? []), ...outcome.failures] };
}
