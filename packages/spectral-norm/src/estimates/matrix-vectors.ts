import { UnsupportedError } from "@invertible/errors";
import { defineTwinOp, dense, reshape, tidy } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import { atUsualSize } from "./large-weights.ts";
import type { MatrixFamily } from "./measured-family.ts";
import { singularVectors } from "./power-iteration.ts";
import type { Pair } from "./power-iteration.ts";
import { transpose } from "./transpose.ts";

/**
 * The vectors of `powerIteration` for operators that are matrices, as one kernel on wasm, and on WebGPU up to 2^16 numbers. Composed,
 * one iteration takes 24 kernel calls.
 */
export function matrixVectors(
  { rows, columns, transposed }: MatrixFamily,
  weight: Tensor,
  v: Tensor,
  iterations: number,
): Pair {
  return tidy(() => {
    const matrix = reshape(weight, [rows, columns]);
    const [u, next] = op({ weight: matrix, v }, { iterations, transposed });
    return { u, v: next };
  });
}

const op = defineTwinOp(["weight", "v"], {
  name: "InvertibleSingularVectors",
  forward({ weight, v }, { iterations, transposed }) {
    const operator = dense(atUsualSize(weight));
    const pair = singularVectors(transposed ? transpose(operator) : operator, v, iterations as number);
    return [pair.u, pair.v];
  },
  // They are constants to every gradient.
  gradient: () => ({ weight: refuse, v: refuse }),
});

function refuse(): never {
  throw new UnsupportedError(
    "matrixVectors: expected no gradient through the singular vectors, received one",
  );
}
