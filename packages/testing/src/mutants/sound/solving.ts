import { defineBijection } from "@invertible/bijection";
import type { Bijection } from "@invertible/bijection";
import { soundIterative } from "./sound-iterative.ts";
import type { IterativeDefects } from "./sound-iterative.ts";

type Solve = ReturnType<typeof soundIterative>["solver"]["solve"];

/** The sound iterative layer with another way to solve. `change` receives the sound way. */
export function solving(
  change: (solve: Solve) => Solve,
  methods = ["banach"],
  defects?: IterativeDefects,
): () => Bijection {
  return () => {
    const sound = soundIterative(defects);
    return defineBijection({ ...sound, solver: { methods, solve: change(sound.solver.solve) } });
  };
}
