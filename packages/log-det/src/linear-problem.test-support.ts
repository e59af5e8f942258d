import { createRandom, matMul, reshape, singularValues, tensor, variable } from "@invertible/ops";
import type { Random, Shape, Tensor, Variable } from "@invertible/ops";
import type { Jvp, LogDetProblem } from "./index.ts";

/** B matrices J_b [d, d], each of spectral norm `lipschitz`, in float64, concatenated. */
export function contractions(batch: number, dimension: number, lipschitz: number, seed = 1): Float64Array {
  const size = dimension ** 2;
  const all = new Float64Array(batch * size);
  for (let b = 0; b < batch; b++) {
    const data = Float64Array.from(createRandom(seed).fold(b).normalArray(size));
    const norm = singularValues({ rows: dimension, columns: dimension, data })[0]!;
    all.set(
      data.map((x) => (x * lipschitz) / norm),
      b * size,
    );
  }
  return all;
}

/** J [B, d, d] as a variable. */
export function matrices(entries: Float64Array, dimension: number): Variable {
  return variable(
    tensor(Float32Array.from(entries), [entries.length / dimension ** 2, dimension, dimension]),
  );
}

/** v -> J_b v on [B, ...shape]. */
function linear(j: Tensor, shape: Shape): Jvp {
  const [batch, dimension] = j.shape as [number, number, number];
  return (v) => reshape(matMul(j, reshape(v, [batch, dimension, 1])), [batch, ...shape]);
}

export function problemOf(j: Tensor, random: Random, shape: Shape = [j.shape[1]!]): LogDetProblem {
  return { jvp: linear(j, shape), batch: j.shape[0]!, shape, random };
}

/** The probes sqrt(d) e_1, ..., sqrt(d) e_d in place of random ones: over them Hutchinson's mean is the trace itself. */
export function orthonormalProbes(dimension: number): Random {
  const probe = (i: number): Random => {
    const draw = (shape: Shape) => {
      const [batch] = shape as [number];
      const values = new Float32Array(batch * dimension);
      for (let b = 0; b < batch; b++) values[b * dimension + i] = Math.sqrt(dimension);
      return tensor(values, [...shape]);
    };
    return { ...createRandom(0), normal: draw, rademacher: draw };
  };
  return { ...probe(0), split: (count) => Array.from({ length: count }, (_, i) => probe(i)) };
}
