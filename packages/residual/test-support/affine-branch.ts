import { jacobianMatrix } from "@invertible/log-det";
import { dispose, identity64, matrix64, mul, slogdet, solve, tidy, zeros } from "@invertible/ops";
import type { Matrix64, Random } from "@invertible/ops";
import { denseBranch } from "../src/index.ts";
import type { ContractiveBranch } from "../src/index.ts";

/** g(x) = A x + b in float64, A and b as the float32 branch has them. */
export interface Affine {
  readonly branch: ContractiveBranch;
  readonly matrix: Matrix64;
  readonly offset: readonly number[];
}

/** A branch without curvature, its caps binding: what a block makes of it has a closed form. */
export async function affineBranch(features: number, coefficient: number, random: Random): Promise<Affine> {
  const branch = denseBranch({
    features,
    hidden: [features],
    activation: "identity",
    coefficient,
    preactivation: false,
    random,
  });
  for (const [name, variable] of Object.entries(branch.parameters))
    if (name.endsWith("weight"))
      tidy(() => variable.assign(mul(random.fold(name).normal(variable.shape), 2)));
  await branch.refresh({ tolerance: 1e-6 });
  const tensors = tidy(() => {
    const { value, jvp } = branch.bind().linearise(zeros([1, features]));
    return [jacobianMatrix({ jvp, batch: 1, shape: [features] }), value] as const;
  });
  const [entries, offset] = await Promise.all(tensors.map((each) => each.data()));
  dispose([...tensors]);
  return {
    branch,
    matrix: matrix64(features, features, Float64Array.from(entries!)),
    offset: Array.from(offset!),
  };
}

/** I + s A */
export function plusIdentity({ matrix }: Affine, s = 1): Matrix64 {
  const { rows, data } = identity64(matrix.rows);
  return matrix64(
    rows,
    rows,
    data.map((one, i) => one + s * matrix.data[i]!),
  );
}

/** M x, or M^-1 x */
export function times({ rows, columns, data }: Matrix64, x: readonly number[]): number[] {
  return Array.from({ length: rows }, (_, i) =>
    x.reduce((total, value, j) => total + data[i * columns + j]! * value, 0),
  );
}
export function solved(matrix: Matrix64, x: readonly number[]): number[] {
  return Array.from(solve(matrix, matrix64(x.length, 1, Float64Array.from(x))).data);
}

export function logDetOf(matrix: Matrix64): number {
  return slogdet(matrix).logAbsDet;
}
