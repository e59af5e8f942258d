import { fail } from "@invertible/errors";
import { concat, reshape, slice } from "@invertible/ops";
import type { NamedVariables, Shape, Tensor, Variable } from "@invertible/ops";

/** Where one parameter lies in the flat vector of all of them. */
export interface LayoutEntry {
  readonly name: string;
  readonly shape: Shape;
  readonly offset: number;
  readonly size: number;
}

/** All parameters as one flat vector, in the order of their names (by UTF-16 code unit, so the same everywhere). */
export interface ParameterLayout {
  readonly entries: readonly LayoutEntry[];
  readonly variables: readonly Variable[];
  /** Elements in all. */
  readonly size: number;
  /** Tensors in the layout's order -> [N]. */
  flatten(tensors: readonly Tensor[]): Tensor;
  /** [N] -> the variables. Call it inside `tidy`. */
  assign(flat: Tensor): void;
}

/** @throws ArgumentError where there is nothing to train. */
export function parameterLayout(parameters: NamedVariables): ParameterLayout {
  const names = Object.keys(parameters).sort();
  if (names.length === 0) fail("train.flow.parameters", "at least one parameter", "none");
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
      // Not `split`: on wasm it copies the whole vector for every part.
      entries.forEach(({ shape, offset, size: length }, i) => {
        const part = slice(flat, [offset], [length]);
        variables[i]!.assign(shape.length === 1 ? part : reshape(part, [...shape]));
      });
    },
  };
}
