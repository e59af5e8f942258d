import type { LawName } from "../law-names.ts";
import type { ConformanceOptions } from "../trial/options.ts";
import type { BijectionFactory } from "../trial/trial.ts";

/** A layer with one defect, and the law that must reject it. */
export interface Mutant {
  readonly defect: string;
  readonly law: LawName;
  /** What the law's message must contain, so that it rejects the mutant for its defect and not by accident. */
  readonly says: string;
  readonly factory: BijectionFactory;
  readonly options?: ConformanceOptions;
}
