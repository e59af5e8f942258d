import { fail } from "@invertible/errors";
import { concat, reshape, slice } from "@invertible/ops";
import type { NamedVariables, Shape, Tensor, Variable } from "@invertible/ops";

/** Where one parameter lies in the flat vector of all parameters. */
export interface LayoutEntry {
  /** Name of the parameter. */
  readonly name: string;
  /** Its shape. */
  readonly shape: Shape;
  /** Where it begins. */
  readonly offset: number;
  /** How many elements it has. */
  readonly size: number;
}

/**
 * Treats all parameters as one flat vector, in the order of their names (by UTF-16 code unit, which is the same everywhere).
 */
export interface ParameterLayout {
  /** The place of each parameter. */
  readonly entries: readonly LayoutEntry[];
  /** The parameters in the order of the vector. */
  readonly variables: readonly Variable[];
  /** Number of elements of the vector. */
  readonly size: number;
  /** Joins tensors, given in the order of the layout, to one vector [N]. */
  flatten(tensors: readonly Tensor[]): Tensor;
  /** Sets the variables from a vector [N]. Call it inside `tidy`. */
  assign(flat: Tensor): void;
}

/**
 * Lays all parameters out in one vector.
 *
 * @throws ArgumentError where there is nothing to train.
 */
export function parameterLayout(parameters: NamedVariables): ParameterLayout {
  const names = Object.keys(parameters).sort();
  if (names.length === 0) fail("train: parameters of the model", "at least one", "none");
  const variables = names.map((name) => parameters[name]!);
  let size = 0;
  const entries = names.map((name, i): LayoutEntry => {
    const variable = variables[i]!;
    const entry = { name, shape: [...variable.shape], offset: size, size: variable.size };
    size += variable.size;
    return entry;
  });
  return {
    entries,
    variables,
    size,
    flatten(tensors) {
      return concat(tensors.map((t) => (t.rank === 1 ? t : reshape(t, [t.size]))));
    },
    assign(flat) {
      // `split` would copy the whole vector for every part on wasm.
      entries.forEach(({ shape, offset, size: length }, i) => {
        const part = slice(flat, [offset], [length]);
        variables[i]!.assign(shape.length === 1 ? part : reshape(part, [...shape]));
      });
    },
  };
}
