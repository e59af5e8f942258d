import { fail } from "@invertible/errors";
import type { Random, Shape } from "@invertible/ops";
import {
  aolConv2d,
  aolDense,
  cappedConv2d,
  cappedDense,
  orthogonalDense,
  plainConv2d,
  plainDense,
} from "@invertible/spectral-norm";
import type { LipschitzOperator, VectorNorm } from "@invertible/spectral-norm";

/**
 * How the norm of a dense layer is bounded. "capped" divides the weight by an estimate of its norm, which `refresh` keeps up to
 * date. "aol" and "orthogonal" bound it by construction. All singular values of an "orthogonal" weight are equal, those of an
 * "aol" weight differ.
 */
export type DenseParametrisation = "capped" | "aol" | "orthogonal";
/** How the norm of a convolution is bounded, as for dense layers. */
export type ConvParametrisation = "capped" | "aol";

interface Bounds {
  readonly coefficient: number;
  readonly norm: VectorNorm;
  readonly random: Random;
}
/** What a dense operator is built from. */
export interface DenseRequest extends Bounds {
  readonly inputs: number;
  readonly outputs: number;
}
/** What a convolution is built from. */
export interface ConvRequest extends Bounds {
  readonly inputShape: Shape;
  readonly outputs: number;
  readonly kernelSize: number;
}

/** Builds a dense operator, for each parametrisation. */
export const denseParametrisations: Readonly<
  Record<DenseParametrisation, (request: DenseRequest) => LipschitzOperator>
> = {
  capped: ({ norm, ...rest }) => cappedDense({ ...rest, domain: norm, codomain: norm }),
  aol: ({ norm: _, ...rest }) => aolDense(rest),
  orthogonal: ({ norm: _, ...rest }) => orthogonalDense(rest),
};

/** Builds a convolution, for each parametrisation. */
export const convParametrisations: Readonly<
  Record<ConvParametrisation, (request: ConvRequest) => LipschitzOperator>
> = {
  capped: ({ norm, ...rest }) => cappedConv2d({ ...rest, domain: norm, codomain: norm }),
  aol: ({ norm: _, ...rest }) => aolConv2d(rest),
};

/** Builds a dense operator whose norm nothing limits. */
export function plainDenseOperator({ inputs, outputs, random }: DenseRequest): LipschitzOperator {
  return plainDense({ inputs, outputs, random });
}

/** Builds a convolution whose norm nothing limits. */
export function plainConvolution({
  inputShape,
  outputs,
  kernelSize,
  random,
}: ConvRequest): LipschitzOperator {
  return plainConv2d({ inputShape, outputs, kernelSize, random });
}

/**
 * Looks a parametrisation up.
 *
 * @throws ArgumentError for a name that is not in the table.
 */
export function parametrised<Name extends string, Build>(
  where: string,
  table: Readonly<Record<Name, Build>>,
  name: Name,
): Build {
  if (!Object.hasOwn(table, name))
    fail(`${where}: parametrisation`, `one of ${Object.keys(table).join(", ")}`, name);
  return table[name];
}
