import * as ops from "@invertible/ops";
import type { Shape, Tensor } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { beforeAll, describe, expect, it } from "vitest";
import { difference, runBoth } from "../../test-support/compare-with-cpu.ts";
import { numbers } from "../../test-support/forms.ts";
import { createChecker, floats } from "../../test-support/check-lowerings.ts";
import { matrixLowerings } from "./matrix.ts";

beforeAll(() => startBackend("cpu"));

const checker = createChecker();

/**
 * Shapes of the products a b, before either factor is written transposed. There are none in which both factors repeat along some axis,
 * as [2, 1, n, m] and [1, 3, m, k], because the backends of TensorFlow.js then multiply the wrong matrices.
 */
const products: [Shape, Shape][] = [
  [
    [4, 3],
    [3, 5],
  ],
  [
    [1, 3],
    [3, 1],
  ],
  [
    [8, 8],
    [8, 4],
  ],
  [
    [12, 4],
    [4, 4],
  ],
  [
    [0, 3],
    [3, 4],
  ],
  [
    [4, 0],
    [0, 3],
  ],
  [
    [2, 4, 3],
    [2, 3, 5],
  ],
  [
    [2, 4, 3],
    [1, 3, 5],
  ],
  [
    [1, 4, 3],
    [3, 3, 2],
  ],
  [
    [2, 4, 4],
    [4, 3],
  ],
  [
    [4, 4],
    [2, 4, 3],
  ],
  [
    [2, 2, 4, 3],
    [2, 2, 3, 4],
  ],
  [
    [3, 2, 2, 4],
    [4, 5],
  ],
  [
    [0, 2, 4, 3],
    [0, 2, 3, 4],
  ],
];
const transposed = (shape: Shape): Shape => [...shape.slice(0, -2), shape.at(-1)!, shape.at(-2)!];

describe("products of matrices in every form", () => {
  const cases = products.flatMap(([a, b]) =>
    [false, true].flatMap((transposeA) =>
      [false, true].map((transposeB) => ({ a, b, transposeA, transposeB })),
    ),
  );
  it.each(cases)("$a times $b, transposed: $transposeA and $transposeB", ({ a, b, transposeA, transposeB }) =>
    checker.forms(
      (x, y) => ops.matMul(x!, y!, transposeA, transposeB),
      [transposeA ? transposed(a) : a, transposeB ? transposed(b) : b],
    ),
  );
});

it.each([
  [false, true],
  [true, false],
  [true, true],
])("products in the operations of ONNX alone, transposed: %s and %s", async (transposeA, transposeB) => {
  const shapesOf = ([a, b]: [Shape, Shape]): Shape[] => [
    transposeA ? transposed(a) : a,
    transposeB ? transposed(b) : b,
  ];
  const { expected, received } = await runBoth(
    (...given) =>
      products.map((_, i) => ops.matMul(given[2 * i]!, given[2 * i + 1]!, transposeA, transposeB)),
    products.flatMap(shapesOf).map((shape, i) => numbers(shape, `portable ${i}`)),
    { portable: true },
  );
  expect(expected.flatMap((each, i) => difference(each, received[i]!, { absolute: 2e-6 }) ?? [])).toEqual([]);
});

describe("products that stay with their images", () => {
  it("of rows of pixels, and their gradients", () =>
    checker.forms(
      (x, w) => {
        const f = (at: Tensor, weight: Tensor) => ops.dense(weight).apply(at);
        const y = f(x!, w!);
        const [dx, dw] = ops.gradients((at, weight) => f(at!, weight!), [x!, w!], ops.neg(y)) as [
          Tensor,
          Tensor,
        ];
        return [y, dx, dw, ops.relu(ops.add(y, ops.dense(w!).apply(x!)))];
      },
      [
        [12, 4],
        [4, 3],
      ],
    ));
  it("twice over", () =>
    checker.forms(
      (x, w) => ops.dense(w!).apply(ops.relu(ops.dense(w!).adjoint(x!))),
      [
        [8, 3],
        [4, 3],
      ],
    ));
});

it("NaN and infinities reach the rows and columns that contain them", () =>
  checker.values(
    (x, y) => [ops.matMul(x!, y!), ops.matMul(y!, x!, true, true)],
    [floats([3, 2], [1, NaN, 2, 3, Infinity, 1]), floats([2, 2], [1, 2, 3, -1])],
  ));

it("every lowering of a product was reached", () => expect(checker.missing(matrixLowerings)).toEqual([]));
