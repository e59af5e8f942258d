import { certificateMutants } from "./certificate-mutants.ts";
import { conditionMutants } from "./condition-mutants.ts";
import { contractMutants } from "./contract-mutants.ts";
import { logDetMutants } from "./log-det-mutants.ts";
import type { Mutant } from "./mutant.ts";
import { valueMutants } from "./value-mutants.ts";

export type { Mutant } from "./mutant.ts";

/** Layers with one defect each. A kit that accepts one of them is blind to that defect. */
export const mutants: readonly Mutant[] = [
  ...valueMutants,
  ...logDetMutants,
  ...contractMutants,
  ...certificateMutants,
  ...conditionMutants,
];
