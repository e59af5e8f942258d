import type { BackendName } from "../backend-names.ts";
import type { EngineName } from "../engine-names.ts";
import type { DataSource } from "../catalogue/dataset-entry.ts";
import type { Extension } from "../catalogue/extensions/extension.ts";
import type { Workload } from "../presets/preset.ts";
import type { JobTraining } from "../run/job-settings.ts";
import type { Job } from "../run/jobs-of.ts";

/** Where the functions of a trained model are written. */
export interface ExportPaths {
  readonly logProb: string;
  readonly inverse: string;
}

export interface PaceRequest {
  readonly budgetSeconds: number;
  readonly path: string;
}

/** Everything a child process needs for one job. The names in it stand for entries of the catalogue. */
export interface JobRequest {
  readonly job: Job;
  readonly workload: Workload;
  readonly training: JobTraining;
  /** Whether the model is judged on examples held out from training, and not on the test set. */
  readonly validation: boolean;
  readonly backend: BackendName;
  readonly engine: EngineName;
  /** Of each captured step. */
  readonly threads: number;
  /** What the command line brought: opened by the child as by the parent. */
  readonly extensions: readonly Extension[];
  readonly source: DataSource | null;
  /** The name of the machine, where a run uses several. */
  readonly machine: string | null;
  /** Whether this job also measures what belongs to the data alone. One job of each data set and seed is enough. */
  readonly measuresData: boolean;
  /** The path of each .onnx file, or null where none are wanted. */
  readonly exports: ExportPaths | null;
  readonly checkpoint: string;
  /** Of what was measured before the job was interrupted. */
  readonly measurements: string;
  readonly result: string;
  /** Set where the job only measures how many steps fit into a time budget, and writes that to a file. */
  readonly pace: PaceRequest | null;
}
