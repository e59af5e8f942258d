import { checkOptions } from "@invertible/errors";
import type { OptionNames } from "@invertible/errors";
import type { SolveCall } from "./solver.ts";

/** One call may go through layers of all kinds, so every method takes the options of the inverse too. */
const names: OptionNames<SolveCall> = {
  random: "optional",
  training: "optional",
  condition: "optional",
  trace: "optional",
  tolerance: "optional",
  maxIterations: "optional",
  method: "optional",
  onCap: "optional",
};

/** @throws ArgumentError for an unknown name in a call, such as "conditions", and for anything that is not an object. */
export function checkCall(where: string, call: SolveCall): void {
  checkOptions(where, call, names);
}
