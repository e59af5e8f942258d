import type { LawName } from "../law-names.ts";
import type { ConformanceOptions } from "../trial/options.ts";
import type { BijectionFactory } from "../trial/trial.ts";

/** A layer with one defect, and the law that must reject it. */
export interface Mutant {
  readonly defect: string;
  readonly law: LawName;
  readonly factory: BijectionFactory;
  readonly options?: ConformanceOptions;
}
