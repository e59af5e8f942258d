import { layersOf } from "@invertible/bijection";
import type { Bijection, InverseEvidence, RowEvidence } from "@invertible/bijection";
import { demand } from "../../law-violation.ts";

/** What evidence is held against. */
export interface Asked {
  readonly tolerance: number;
  readonly method: string | undefined;
  readonly batch: number;
  /** In words, for messages. */
  readonly what: string;
}

/** The form of one layer's evidence: numbers that can be, the method that ran, and claims that agree with each other. */
export function demandForm(bijection: Bijection, entry: InverseEvidence, asked: Asked): void {
  const { layer, lipschitz, rows } = entry;
  const what = `${asked.what}, ${layer}`;
  demand(
    rows.length === asked.batch,
    `${what}: expected evidence of ${asked.batch} rows, received ${rows.length}`,
  );
  for (const row of [entry, ...rows]) demandNumbers(what, row, asked, lipschitz);
  demand(
    lipschitz === undefined || (lipschitz >= 0 && lipschitz < 1),
    `${what}: expected a Lipschitz constant in [0, 1), or none where the method is no contraction, received ${lipschitz}`,
  );
  for (const of of ["iterations", "residual", "errorBound"] as const)
    demand(
      Object.is(entry[of], Math.max(...rows.map((row) => row[of]))),
      () => `${what}: expected ${of} to be the largest of the rows, received ${JSON.stringify(entry)}`,
    );
  demand(
    entry.converged === rows.every((row) => row.converged),
    () => `${what}: expected converged to say whether every row has, received ${JSON.stringify(entry)}`,
  );
  demandMethod(bijection, entry, asked, what);
}

function demandNumbers(
  what: string,
  row: RowEvidence,
  { tolerance }: Asked,
  lipschitz: number | undefined,
): void {
  const { iterations, residual, errorBound, converged } = row;
  demand(
    Number.isInteger(iterations) && iterations >= 1,
    `${what}: expected iterations >= 1, received ${iterations}`,
  );
  demand(residual >= 0, `${what}: expected a residual >= 0, received ${residual}`);
  demand(errorBound >= 0, `${what}: expected an error bound >= 0, received ${errorBound}`);
  // A method that knows no bound says Infinity; what it claims is then held against the truth.
  const proven = errorBound <= tolerance || (errorBound === Infinity && lipschitz === undefined);
  demand(
    !converged || proven,
    `${what}: expected "converged" only with an error bound <= ${tolerance}, received ${errorBound}`,
  );
}

function demandMethod(
  bijection: Bijection,
  { method, path }: InverseEvidence,
  asked: Asked,
  what: string,
): void {
  const methods = layersOf(bijection).find((placed) => placed.path === path)?.layer.solver?.methods;
  if (methods === undefined) return;
  demand(
    methods.includes(method),
    `${what}: expected one of its methods, ${methods.join(", ")}, received ${method}`,
  );
  if (asked.method !== undefined && methods.includes(asked.method))
    demand(
      method === asked.method,
      `${what}: expected the method ${asked.method} that was asked for, received ${method}`,
    );
}

/** Paths of the layers whose inverse iterates, where the whole is inverted; a part that is run backwards does not. */
export function iterativePaths(bijection: Bijection, path = ""): string[] {
  if (bijection.parts.length === 0) return bijection.traits.inverse === "iterative" ? [path] : [];
  return bijection.parts.flatMap(({ key, bijection: part, direction }) =>
    direction === "inverse" ? [] : iterativePaths(part, path === "" ? key : `${path}.${key}`),
  );
}
