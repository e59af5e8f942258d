import * as ops from "@invertible/ops";
import type { Shape, Tensor } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { beforeAll, describe, expect, it } from "vitest";
import { axesOf, booleans, createChecker, integers, shapes } from "../../test-support/check-lowerings.ts";
import { numbers } from "../../test-support/forms.ts";
import { runKernel } from "../../test-support/run-kernel.ts";
import { movementLowerings } from "./movement.ts";

beforeAll(() => startBackend("cpu"));

const checker = createChecker();
/** Nothing is computed, so every entry is the same. */
const exact = {};
type Maps = (shape: Shape) => ((x: Tensor) => Tensor | readonly Tensor[])[];
const longAxes = (shape: Shape) => axesOf(shape).filter((axis) => shape[axis]! > 1);
const called =
  (name: string, attributes: object, input = "x") =>
  (x: Tensor) =>
    runKernel(name, { [input]: x }, { ...attributes });

const maps: Readonly<Record<string, Maps>> = {
  clone: () => [ops.clone],
  reverse: (shape) => [
    ...axesOf(shape).map((axis) => (x: Tensor) => ops.reverse(x, axis)),
    ...(shape.length > 0 ? [(x: Tensor) => ops.reverse(x)] : []),
  ],
  split: (shape) => longAxes(shape).map((axis) => (x) => ops.split(x, [1, shape[axis]! - 1], axis)),
  "split, with an empty part": (shape) =>
    axesOf(shape).map((axis) => (x) => ops.split(x, [0, shape[axis]!], axis)),
  concat: (shape) => axesOf(shape).map((axis) => (x) => ops.concat([x, ops.neg(x), x], axis)),
  stack: (shape) => [...axesOf(shape), shape.length].map((axis) => (x) => ops.stack([x, ops.neg(x)], axis)),
  unstack: (shape) =>
    axesOf(shape)
      .filter((axis) => shape[axis]! > 0)
      .map((axis) => (x) => ops.unstack(x, axis)),
  slice: (shape) =>
    longAxes(shape).map(
      (axis) => (x) =>
        ops.slice(
          x,
          shape.map((_, i) => Number(i === axis)),
          shape.map((size, i) => size - Number(i === axis)),
        ),
    ),
  "slice of nothing": (shape) =>
    shape.length > 0 ? [(x) => ops.slice(x, new Array<number>(shape.length).fill(0), shape.with(0, 0))] : [],
  "strided slice": (shape) =>
    longAxes(shape).map((axis) =>
      called("StridedSlice", {
        begin: shape.map((_, i) => Number(i === axis)),
        end: [...shape],
        strides: shape.map((_, i) => (i === axis ? 2 : 1)),
        beginMask: 0,
        endMask: 0,
        ellipsisMask: 0,
        newAxisMask: 0,
        shrinkAxisMask: 0,
      }),
    ),
  pad: (shape) =>
    axesOf(shape).map(
      (axis) => (x) =>
        ops.pad(
          x,
          shape.map((_, i) => (i === axis ? [2, 1] : [0, 0]) as [number, number]),
          1.5,
        ),
    ),
  tile: (shape) =>
    axesOf(shape).map(
      (axis) => (x) =>
        ops.tile(
          x,
          shape.map((_, i) => (i === axis ? 3 : 1)),
        ),
    ),
  transpose: (shape) => {
    const axes = axesOf(shape);
    if (axes.length < 2) return [];
    const orders = [axes.toReversed(), [...axes.slice(1), 0], [axes.at(-1)!, ...axes.slice(0, -1)]];
    return orders.map((order) => (x) => ops.transpose(x, order));
  },
  reshape: (shape) => {
    const targets: Shape[] = [[ops.sizeOf(shape)], [1, ...shape, 1]];
    if (shape.length > 1) {
      targets.push([ops.sizeOf(shape.slice(0, -1)), shape.at(-1)!]);
      targets.push([shape[0]!, ops.sizeOf(shape.slice(1))]);
      targets.push(shape.toReversed());
    }
    if (shape.length > 3) {
      targets.push([ops.sizeOf(shape.slice(0, -3)), ...shape.slice(-3)]);
      targets.push([2, 1, Math.floor(ops.sizeOf(shape) / 4), 2]);
    }
    return targets
      .filter((target) => ops.sizeOf(target) === ops.sizeOf(shape))
      .map((target) => (x: Tensor) => ops.reshape(x, target));
  },
  "reshape and back": (shape) => [
    (x) => ops.reshape(ops.neg(ops.reshape(x, [ops.sizeOf(shape)])), [...shape]),
  ],
  expandDims: (shape) => [...axesOf(shape), shape.length].map((axis) => (x) => ops.expandDims(x, axis)),
  permute: (shape) =>
    shape.length > 0
      ? [
          (x) =>
            ops.permute(
              x,
              Array.from({ length: shape.at(-1)! }, (_, i) => shape.at(-1)! - 1 - i),
            ),
        ]
      : [],
  gatherRows: (shape) => (shape[0]! > 0 ? [(x) => ops.gatherRows(x, [shape[0]! - 1, 0, 0])] : []),
  "cumulative sum": (shape) =>
    longAxes(shape).flatMap((axis) =>
      [
        [false, false],
        [true, false],
        [false, true],
      ].map(([exclusive, reverse]) => called("Cumsum", { axis, exclusive, reverse })),
    ),
  "filled arrays": () => [
    (x) => ops.zerosLike(x),
    (x) => ops.onesLike(x),
    (x) => ops.mul(x, ops.onesLike(x)),
    (x) => ops.concat([ops.reshape(x, [-1]), ops.reshape(ops.fill([...x.shape], 2.5), [-1])]),
  ],
  broadcastTo: (shape) => [(x) => ops.broadcastTo(x, [2, ...shape])],
};

describe.each(Object.entries(maps))("%s", (name, make) => {
  const cases = shapes
    .map((shape) => ({ shape, tasks: make(shape) }))
    .filter(({ tasks }) => tasks.length > 0);
  it.each(cases)("of $shape", ({ shape, tasks }) =>
    checker.forms(
      (x) => tasks.flatMap((task) => task(x!) as Tensor[]),
      [shape],
      // Sums of 8 numbers in another order.
      name === "cumulative sum" ? { absolute: 2e-6 } : exact,
    ),
  );
});

describe("two arrays in different forms", () => {
  const two: Shape[] = [
    [4, 4],
    [2, 2, 3, 2],
    [2, 1, 2, 2, 3],
    [0, 3, 2, 4],
  ];
  it.each(two)("joined along every axis: %j %j", (...shape) =>
    checker.forms(
      (a, b) => [
        ...axesOf(shape).map((axis) => ops.concat([a!, b!], axis)),
        ...axesOf(shape).map((axis) => ops.stack([a!, b!, a!], axis)),
      ],
      [shape, shape],
      exact,
    ),
  );
});

describe("integers and truths", () => {
  const x = integers([2, 3], [0, -1, 2, 7, 0, -5]);
  const truths = booleans([2, 3], [1, 0, 1, 1, 0, 0]);
  it("are cast", () =>
    checker.values(
      (i, t, f) => [
        ops.cast(i!, "float32"),
        ops.cast(i!, "bool"),
        ops.cast(t!, "float32"),
        ops.cast(t!, "int32"),
        ops.cast(f!, "int32"),
        ops.cast(f!, "bool"),
        ops.cast(f!, "float32"),
      ],
      [x, truths, { ...numbers([2, 3], "cast"), data: Float32Array.of(0, 1.7, -1.7, 0.5, -0.5, 3) }],
      exact,
    ));
  it("are moved", () =>
    checker.values(
      (i, t) =>
        [i!, t!].flatMap((each) => [
          ops.concat([each, each], 0),
          ops.stack([each, each], 1),
          ops.transpose(each),
          ops.slice(each, [0, 1], [2, 2]),
          ops.reverse(each, 1),
          ops.zerosLike(each),
          ops.onesLike(each),
        ]),
      [x, truths],
      exact,
    ));
});

describe("rows that are looked up", () => {
  it.each([
    [[5], 0],
    [[4, 3], 1],
    [[2, 3, 2, 4], 3],
    [[2, 3, 2, 4], 0],
  ] as [number[], number][])("along an axis of %j: axis %i", (shape, axis) =>
    checker.values(
      (x, rows) => {
        const constant = ops.tensor([1, 0, 1], [3], "int32");
        const square = ops.tensor([1, 0, 1, 1], [2, 2], "int32");
        return [constant, square, rows!].map(
          (indices) => runKernel("GatherV2", { x: x!, indices }, { axis, batchDims: 0 }) as Tensor,
        );
      },
      [numbers(shape, "rows"), integers([2, 1], [1, 0])],
      exact,
    ),
  );
});

it("every lowering that moves numbers was reached", () =>
  expect(checker.missing(movementLowerings)).toEqual([]));
