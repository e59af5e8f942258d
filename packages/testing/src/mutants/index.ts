import { certificateMutants } from "./bounds/certificate-mutants.ts";
import { evidenceMutants } from "./bounds/evidence-mutants.ts";
import { strengthMutants } from "./bounds/strength-mutants.ts";
import { batchStatisticsMutants } from "./calls/batch-statistics-mutants.ts";
import { conditionMutants } from "./calls/condition-mutants.ts";
import { conditionReadingMutants } from "./calls/condition-reading-mutants.ts";
import { contractMutants } from "./calls/contract-mutants.ts";
import { trainingMutants } from "./calls/training-mutants.ts";
import { batchMutants } from "./mathematics/batch-mutants.ts";
import { logDetMutants } from "./mathematics/log-det-mutants.ts";
import { noLogDetMutants } from "./mathematics/no-log-det-mutants.ts";
import { tailMutants } from "./mathematics/tail-mutants.ts";
import { valueMutants } from "./mathematics/value-mutants.ts";
import type { Mutant } from "./mutant.ts";
import { configurationMutants } from "./variables/configuration-mutants.ts";
import { staleMutants } from "./variables/stale-mutants.ts";
import { startMutants } from "./variables/start-mutants.ts";
import { stateMutants } from "./variables/state-mutants.ts";
import { variableMutants } from "./variables/variable-mutants.ts";

export type { Mutant } from "./mutant.ts";

/** Layers with one defect each. A kit that accepts one of them is blind to that defect. */
export const mutants: readonly Mutant[] = [
  ...valueMutants,
  ...logDetMutants,
  ...noLogDetMutants,
  ...tailMutants,
  ...batchMutants,
  ...contractMutants,
  ...trainingMutants,
  ...batchStatisticsMutants,
  ...conditionMutants,
  ...conditionReadingMutants,
  ...variableMutants,
  ...stateMutants,
  ...staleMutants,
  ...startMutants,
  ...configurationMutants,
  ...certificateMutants,
  ...evidenceMutants,
  ...strengthMutants,
];
