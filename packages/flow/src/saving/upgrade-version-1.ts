import { failFormat } from "@invertible/errors";
import type { NamedVariables } from "@invertible/ops";
import type { StoredTensor } from "./safetensors-types.ts";

type Arrays = ReadonlyMap<string, StoredTensor>;

/** How far an array may be from the outer product of the vectors found, relative to its largest number. Rounding is at most 2e-7. */
const tolerance = 1e-5;

/**
 * Turns the arrays of a file of format version 1 into those of version 2. For a dense layer or a 1x1 convolution, version 1 held the
 * gradient G = v u' of the norm of its weight as `normGradient`. It also held the one of v and u at the smaller end of the layer as
 * `singularVector`, except between norms with a closed form. Version 2 holds v as `inputSingularVector` and u as
 * `outputSingularVector`.
 *
 * The vector that is missing follows from the other one, as u = G'v / |v|^2. Where the file has neither, u is the largest row of G.
 * The outer product of the vectors is G up to float32 rounding.
 *
 * @param variables those of the model, by which the layers in question are known
 * @returns the arrays. Those of other layers, and those that do not have the shapes of version 1, are the same as before.
 * @throws FileFormatError for a gradient that is no outer product of such vectors.
 */
export function upgradeVersion1(where: string, stored: Arrays, variables: NamedVariables): Arrays {
  const upgraded = new Map(stored);
  for (const [name, input] of Object.entries(variables)) {
    if (!name.endsWith(".inputSingularVector") || stored.has(name)) continue;
    const layer = name.slice(0, name.lastIndexOf("."));
    const output = variables[`${layer}.outputSingularVector`];
    const gradient = numbersOf(stored, `${layer}.normGradient`, variables[`${layer}.weight`]?.shape);
    if (output === undefined || gradient?.length !== input.size * output.size) continue;
    const atInput = input.size <= output.size;
    const start = numbersOf(stored, `${layer}.singularVector`, atInput ? input.shape : output.shape);
    if (start === undefined && stored.has(`${layer}.singularVector`)) continue;
    const [v, u] = factors(gradient, input.size, output.size, start, atInput);
    const [error, limit] = [distance(gradient, v, u), tolerance * largest(gradient)];
    if (!(error <= limit))
      failFormat(
        `${where} tensor ${JSON.stringify(`${layer}.normGradient`)}`,
        `numbers within ${limit} of an outer product of two vectors`,
        error,
      );
    upgraded.delete(`${layer}.normGradient`);
    upgraded.delete(`${layer}.singularVector`);
    upgraded.set(name, { dtype: "F32", shape: input.shape, data: v });
    upgraded.set(`${layer}.outputSingularVector`, { dtype: "F32", shape: output.shape, data: u });
  }
  return upgraded;
}

/** The float32 numbers of an array, if there is one of this shape. */
function numbersOf(stored: Arrays, name: string, shape: readonly number[] | undefined) {
  const found = stored.get(name);
  const fits =
    shape !== undefined && found?.shape.join() === shape.join() && found.data instanceof Float32Array;
  return fits ? (found.data as Float32Array) : undefined;
}

/** v [rows] and u [columns] with v u' = G. `start` is v or u, as `startsAtRows` says. */
function factors(
  gradient: Float32Array,
  rows: number,
  columns: number,
  start: Float32Array | undefined,
  startsAtRows: boolean,
): readonly [v: Float32Array, u: Float32Array] {
  if (start !== undefined && startsAtRows) return [start, project(gradient, start, columns, columns, 1)];
  const u = start ?? largestRow(gradient, columns);
  return [project(gradient, u, rows, 1, columns), u];
}

/** x[k] = sum_i G[i, k] y[i] / |y|^2 in float64, where G[i, k] lies at i * stride + k * step. It is 0 for y = 0. */
function project(gradient: Float32Array, y: Float32Array, size: number, stride: number, step: number) {
  const squared = y.reduce((sum, value) => sum + value ** 2, 0);
  return Float32Array.from({ length: size }, (_, k) => {
    let total = 0;
    y.forEach((value, i) => (total += gradient[i * stride + k * step]! * value));
    return squared === 0 ? 0 : total / squared;
  });
}

/** The row with the largest number. */
function largestRow(gradient: Float32Array, columns: number): Float32Array {
  const most = largest(gradient);
  const row = Math.floor(gradient.findIndex((value) => Math.abs(value) === most) / columns);
  return gradient.slice(row * columns, (row + 1) * columns);
}

function largest(values: Float32Array): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

/** The largest |G - v u'|, or NaN. */
function distance(gradient: Float32Array, v: Float32Array, u: Float32Array): number {
  return gradient.reduce((most, value, at) => {
    const product = v[Math.floor(at / u.length)]! * u[at % u.length]!;
    return Math.max(most, Math.abs(value - product));
  }, 0);
}
