import type { BackendName } from "../backend-names.ts";
import type { JobRequest } from "../job/request.ts";

/** Parent to child. */
export type Order =
  | { readonly kind: "run"; readonly request: JobRequest }
  /** Starts the backend and answers what it is: finds a missing adapter before anything is written. */
  | { readonly kind: "probe"; readonly backend: BackendName }
  /** Finish the current step, write the checkpoint, leave. */
  | { readonly kind: "stop" };

export interface BackendFacts {
  readonly name: BackendName;
  readonly adapter: string | null;
  readonly tensorflow: string;
}

/** How far a job is. */
export interface Progress {
  readonly phase: string;
  readonly done: number;
  readonly total: number;
  /** In the unit of the report. */
  readonly loss?: string;
  readonly stepsPerSecond?: number;
}

/** Child to parent. */
export type Answer =
  | { readonly kind: "probed"; readonly backend: BackendFacts }
  | ({ readonly kind: "progress" } & Progress)
  | { readonly kind: "finished" }
  | { readonly kind: "stopped"; readonly step: number }
  | { readonly kind: "failed"; readonly message: string };
