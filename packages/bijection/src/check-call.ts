import { checkOptions } from "@invertible/errors";
import type { OptionNames } from "@invertible/errors";
import type { Call } from "./call.ts";
import type { SolveCall } from "./solver.ts";

/** One call may go through layers of all kinds, so every method takes the options of the inverse too. */
const names: OptionNames<Call & SolveCall> = {
  random: "optional",
  training: "optional",
  condition: "optional",
  inverseSteps: "optional",
  stateUpdates: "optional",
  trace: "optional",
  tolerance: "optional",
  maxIterations: "optional",
  method: "optional",
  onCap: "optional",
};

/** @throws ArgumentError for an unknown name in a call, such as "conditions", and for anything that is not an object. */
export function checkCall(where: string, call: Call & SolveCall): void {
  checkOptions(where, call, names);
}

/** Does the same for an inverse to a tolerance, which makes as many steps as it needs and not a number of them. */
export function checkSolveCall(where: string, call: SolveCall): void {
  const { inverseSteps: _, ...solveNames } = names;
  checkOptions(where, call, solveNames);
}
