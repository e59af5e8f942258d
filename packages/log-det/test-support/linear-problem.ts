import { createRandom, matMul, reshape, singularValues, tensor, transpose, variable } from "@invertible/ops";
import type { Random, Shape, Tensor, Variable } from "@invertible/ops";
import type { Jvp, LogDetProblem } from "../src/index.ts";

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

/** v -> J_b v on [S B, ...shape] */
function linear(j: Tensor, shape: Shape): Jvp {
  const [batch, dimension] = j.shape as [number, number, number];
  return (v) => {
    const copies = batch === 0 ? 1 : v.shape[0]! / batch;
    if (!Number.isInteger(copies) || v.shape.slice(1).join() !== shape.join())
      throw new Error(
        `expected stacked copies of [${batch}, ${shape.join(", ")}], received [${v.shape.join(", ")}]`,
      );
    // The copies side by side: matMul has no gradient through broadcasting.
    const sideBySide = transpose(reshape(v, [copies, batch, dimension]), [1, 2, 0]);
    return reshape(transpose(matMul(j, sideBySide), [2, 0, 1]), v.shape);
  };
}

export function problemOf(j: Tensor, random: Random, shape: Shape = [j.shape[1]!]): LogDetProblem {
  return { jvp: linear(j, shape), batch: j.shape[0]!, shape, random };
}

/** sqrt(d) e_1, ..., sqrt(d) e_d as d stacked probes in place of random ones: over them Hutchinson's mean is the trace itself. */
export function orthonormalProbes(dimension: number): Random {
  const draw = (shape: Shape) => {
    const rows = shape[0]!;
    const values = new Float32Array(rows * dimension);
    for (let row = 0; row < rows; row++)
      values[row * dimension + Math.floor((row * dimension) / rows)] = Math.sqrt(dimension);
    return tensor(values, [...shape]);
  };
  return { ...createRandom(0), normal: draw, rademacher: draw };
}

/** Says `probe` whatever it is asked. */
export function saying(probe: Tensor): Random {
  return { ...createRandom(0), normal: () => probe.clone(), rademacher: () => probe.clone() };
}
