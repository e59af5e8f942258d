import { fail } from "@invertible/errors";
import type { Certificate } from "@invertible/bijection";
import type { NamedVariables } from "@invertible/ops";

/** What is saved of a model around a bijection: a flow, a classifier, or one of your own. */
export interface Model {
  /** The variables that training changes. */
  readonly parameters: NamedVariables;
  /** The variables that are saved but not trained, under other names. */
  readonly state: NamedVariables;
  /** Proves Lipschitz bounds from the weights as they are now. */
  certify(): Promise<Certificate>;
}

type Variables = Pick<Model, "parameters" | "state">;

/**
 * Checks that nobody has disposed of the variables of a model. `kind` says in words what it is: "a flow".
 *
 * @throws ArgumentError naming the first variable that was disposed of.
 */
export function checkInUse(where: string, kind: string, { parameters, state }: Variables): void {
  const all = [...Object.entries(parameters), ...Object.entries(state)];
  const gone = all.find(([, variable]) => variable.isDisposed);
  if (gone) fail(where, `${kind} in use`, `one whose variable ${gone[0]} was disposed of`);
}

/** Frees every parameter and state variable of a model, which cannot be used afterwards. */
export function disposeModel({ parameters, state }: Variables): void {
  for (const variable of [...Object.values(parameters), ...Object.values(state)])
    if (!variable.isDisposed) variable.dispose();
}
