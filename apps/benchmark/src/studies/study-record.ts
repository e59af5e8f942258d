import type { describeMachine } from "../results/versions.ts";
import type { BackendFacts } from "../run/messages.ts";

/** The content of `figure.json`. */
export interface StudyRecord {
  readonly format: "invertible-benchmark-figure/1";
  readonly name: string;
  readonly title: string;
  readonly source: string;
  /** Repeats it. */
  readonly command: readonly string[];
  readonly seed: number;
  readonly finishedAt: string;
  readonly seconds: number;
  readonly machine: ReturnType<typeof describeMachine>;
  readonly backend: BackendFacts;
  /** What made the steps of training by likelihood. */
  readonly engine: string;
  readonly versions: Readonly<Record<string, string>>;
  /** What was measured. */
  readonly numbers: object;
}
