import type { BackendName } from "../backend-names.ts";
import type { EngineName } from "../engine-names.ts";

/** What decides the numbers of a run, apart from the code: a run resumes only under the same choices. */
export interface RunChoices {
  readonly preset: string;
  readonly models: readonly string[];
  readonly datasets: readonly string[];
  /** Replaces every budget; null keeps them. */
  readonly steps: number | null;
  readonly seed: number;
  readonly backend: BackendName;
  readonly engine: EngineName;
  /** Of each captured step. */
  readonly threads: number;
}
