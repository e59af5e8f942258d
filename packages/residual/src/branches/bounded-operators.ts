import { fail } from "@invertible/errors";
import type { Random, Shape } from "@invertible/ops";
import { aolConv2d, aolDense, cappedConv2d, cappedDense, orthogonalDense } from "@invertible/spectral-norm";
import type { LipschitzOperator, VectorNorm } from "@invertible/spectral-norm";

/**
 * How a dense layer's norm is held: "capped", divided down by an estimate that `refresh` keeps; "aol" and "orthogonal", bounded
 * by construction, the first with all sorts of singular values, the second with all of them equal.
 */
export type DenseParametrisation = "capped" | "aol" | "orthogonal";
/** The same for convolutions. */
export type ConvParametrisation = "capped" | "aol";

interface Bounds {
  readonly coefficient: number;
  readonly norm: VectorNorm;
  readonly random: Random;
}
export interface DenseRequest extends Bounds {
  readonly inputs: number;
  readonly outputs: number;
}
export interface ConvRequest extends Bounds {
  readonly inputShape: Shape;
  readonly outputs: number;
  readonly kernelSize: number;
}

export const denseParametrisations: Readonly<
  Record<DenseParametrisation, (request: DenseRequest) => LipschitzOperator>
> = {
  capped: ({ norm, ...rest }) => cappedDense({ ...rest, domain: norm, codomain: norm }),
  aol: ({ norm: _, ...rest }) => aolDense(rest),
  orthogonal: ({ norm: _, ...rest }) => orthogonalDense(rest),
};

export const convParametrisations: Readonly<
  Record<ConvParametrisation, (request: ConvRequest) => LipschitzOperator>
> = {
  capped: ({ norm, ...rest }) => cappedConv2d({ ...rest, domain: norm, codomain: norm }),
  aol: ({ norm: _, ...rest }) => aolConv2d(rest),
};

/** @throws ArgumentError for a name that is not in the table. */
export function parametrised<Name extends string, Build>(
  where: string,
  table: Readonly<Record<Name, Build>>,
  name: Name,
): Build {
  if (!Object.hasOwn(table, name))
    fail(`${where}: parametrisation`, `one of ${Object.keys(table).join(", ")}`, name);
  return table[name];
}
