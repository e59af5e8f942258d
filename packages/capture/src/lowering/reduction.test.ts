import * as ops from "@invertible/ops";
import type { Shape, Tensor } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { beforeAll, describe, expect, it } from "vitest";
import { axesOf, booleans, createChecker, floats, shapes } from "../../test-support/check-lowerings.ts";
import { runKernel } from "../../test-support/run-kernel.ts";
import { reductionLowerings } from "./reduction.ts";

beforeAll(() => startBackend("cpu"));

const checker = createChecker();

/** Every axis, all of them, and pairs of the first and of others. */
const choices = (shape: Shape): number[][] => {
  const axes = axesOf(shape);
  const pairs = axes.slice(1).map((axis) => [0, axis]);
  const rest = axes.length > 2 ? [axes.slice(1), axes.slice(-2), axes.slice(0, -1)] : [];
  return [axes, ...axes.map((axis) => [axis]), ...pairs, ...rest];
};
const called = (name: string, x: Tensor, axis: number[], keepDims = false) =>
  runKernel(name, { x }, { axis, reductionIndices: axis, keepDims }) as Tensor;

describe("arrays in every form", () => {
  it.each(shapes.map((shape) => ({ shape })))("sums and means of $shape", ({ shape }) =>
    checker.forms(
      (x) =>
        choices(shape).flatMap((axes) =>
          [false, true].flatMap((keepDims) => [
            ops.sum(x!, axes, keepDims),
            ops.mean(x!, axes, keepDims),
            called("Sum", x!, axes, keepDims),
          ]),
        ),
      [shape],
    ),
  );
  it.each(shapes.filter((shape) => !shape.includes(0)).map((shape) => ({ shape })))(
    "extrema and products of $shape",
    ({ shape }) =>
      checker.forms(
        (x) =>
          choices(shape).flatMap((axes) =>
            [false, true].flatMap((keepDims) => [
              ops.max(x!, axes, keepDims),
              ops.min(x!, axes, keepDims),
              ops.mul(ops.max(x!, axes, true), x!),
              called("Prod", ops.mul(x!, 0.5), axes, keepDims),
            ]),
          ),
        [shape],
      ),
  );
  it.each(shapes.filter((shape) => !shape.includes(0)).map((shape) => ({ shape })))(
    "truths of $shape",
    ({ shape }) =>
      checker.forms(
        (x) =>
          choices(shape).flatMap((axes) => [
            ops.all(ops.greater(x!, -1.2), axes),
            ops.any(ops.greater(x!, 1.2), axes, true),
          ]),
        [shape],
        {},
      ),
  );
  it.each(shapes.filter((shape) => shape.length > 0 && !shape.includes(0)).map((shape) => ({ shape })))(
    "indices of largest entries of $shape",
    ({ shape }) =>
      checker.forms(
        // Rounded, so that some are equal.
        (x) => [x!, ops.round(x!)].flatMap((each) => axesOf(shape).map((axis) => ops.argMax(each, axis))),
        [shape],
        {},
      ),
  );
  it("a result that is kept with axes of size 1 broadcasts", () =>
    checker.forms(
      (x) => [ops.sub(x!, called("Sum", x!, [1], true)), ops.sub(x!, ops.max(x!, 0, true))],
      [[4, 4]],
    ));
});

describe("NaN and infinities", () => {
  /** Lengths around the groups in which processors reduce. */
  const lengths = [1, 2, 3, 4, 5, 8, 9, 16, 17, 33];
  it.each(["Max", "Min", "Sum", "Mean", "Prod"])("reach a result from any place: %s", (name) => {
    const reduce = (x: Tensor, axis: number) =>
      name === "Mean" ? ops.mean(x, axis) : called(name, x, [axis]);
    const inputs = lengths.flatMap((length) =>
      [NaN, Infinity, -Infinity].flatMap((special) =>
        [...new Set([0, 1, length - 2, length - 1])]
          .filter((place) => place >= 0 && place < length)
          .map((place) => {
            const numbers = Array.from({ length: 3 * length }, (_, i) => (((i * 7) % 11) - 5.5) / 4);
            return floats([3, length], numbers.with(length + place, special));
          }),
      ),
    );
    return checker.values(
      (...xs) =>
        xs.flatMap((x) => [
          reduce(x, 1),
          reduce(ops.transpose(x), 0),
          reduce(ops.expandDims(x, 2), 1),
          reduce(ops.reshape(x, [-1]), 0),
        ]),
      inputs,
      { relative: 1e-6, absolute: 5e-6 },
    );
  });
  it("leave other rows alone, and both infinities in one row", () =>
    checker.values(
      (x) => [ops.max(x!, 1), ops.min(x!, 1), ops.sum(x!, 1), ops.logSumExp(x!, 1)],
      [floats([4, 3], [1, NaN, 3, Infinity, -Infinity, 0, -Infinity, -5, -7, 1, 2, 3])],
      { relative: 1e-6 },
    ));
});

describe("truths", () => {
  it("of nothing and of one", () =>
    checker.values(
      (x, none, scalar) => [
        ops.all(x!),
        ops.any(x!),
        ops.all(x!, 0, true),
        ops.any(none!),
        ops.all(scalar!),
        ops.any(scalar!),
      ],
      [booleans([2, 2], [1, 1, 0, 1]), booleans([0], []), booleans([], [1])],
      {},
    ));
});

it("every lowering of a reduction was reached", () =>
  expect(checker.missing(reductionLowerings)).toEqual([]));
