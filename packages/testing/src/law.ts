import type { LawName } from "./law-names.ts";
import type { Trial } from "./trial/trial.ts";

/** Something that must hold for every bijection. */
export interface Law {
  readonly name: LawName;
  readonly statement: string;
  /** Why the law does not concern this bijection, judged by its traits; undefined where it does. */
  exempt?(trial: Trial): string | undefined;
  /** @throws LawViolation, or whatever the bijection throws. */
  check(trial: Trial): Promise<void>;
}
