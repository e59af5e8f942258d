import type { BackendName } from "../backend-names.ts";
import type { EngineName } from "../engine-names.ts";
import type { Grid } from "../tuning/grid.ts";

/** What decides the numbers of a run, apart from the code: a run resumes only under the same choices. */
export interface RunChoices {
  readonly preset: string;
  readonly models: readonly string[];
  readonly datasets: readonly string[];
  /** Replaces every model's number of steps; null keeps them. */
  readonly steps: number | null;
  /** Every model trains for about so long: a short run before finds its number of steps. Null where steps decide. */
  readonly budgetSeconds: number | null;
  /** The first. */
  readonly seed: number;
  /** How many: every job is run with seed, seed + 1, ... */
  readonly seeds: number;
  readonly backend: BackendName;
  readonly engine: EngineName;
  /** Of each captured step. */
  readonly threads: number;
  /** Set for a search: every model is trained with every combination, and judged on a validation split. */
  readonly grid: Grid | null;
}
