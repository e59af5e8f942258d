import type { Workload } from "../workload.ts";
import type { BackendName } from "../catalogue/names.ts";
import type { Job } from "../run/job-name.ts";

/** Where MNIST comes from: a folder the user named, or the cache that a download filled. */
export type DataSource = { readonly folder: string } | { readonly cache: string };

/** Everything a child process needs for one job. */
export interface JobRequest {
  readonly job: Job;
  readonly workload: Workload;
  /** Replaces the workload's budget; null keeps it. */
  readonly steps: number | null;
  /** Replaces the workload's distance between checkpoints; null keeps it. */
  readonly checkpointEvery: number | null;
  readonly seed: number;
  readonly backend: BackendName;
  readonly data: DataSource | null;
  readonly checkpoint: string;
  readonly result: string;
}
