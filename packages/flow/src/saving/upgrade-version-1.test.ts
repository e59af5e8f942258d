import { FileFormatError } from "@invertible/errors";
import { createRandom, dispose, variable, zeros } from "@invertible/ops";
import type { NamedVariables, Shape } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import type { StoredTensor } from "../index.ts";
import { upgradeVersion1 } from "./upgrade-version-1.ts";

beforeAll(() => startBackend("cpu"));

const random = createRandom(17);
const made: NamedVariables[] = [];
afterEach(() => dispose(made.splice(0).flatMap((named) => Object.values(named))));

/** The variables of a layer in version 2. */
function layer(inputs: number, outputs: number, weightShape: Shape = [inputs, outputs]): NamedVariables {
  const variables = {
    "a.0.weight": variable(zeros([...weightShape])),
    "a.0.inputSingularVector": variable(zeros([1, inputs])),
    "a.0.outputSingularVector": variable(zeros([1, outputs])),
  };
  made.push(variables);
  return variables;
}

const stored = (shape: Shape, values: ArrayLike<number>): StoredTensor => ({
  ...{ dtype: "F32", shape },
  data: Float32Array.from(values),
});
const outer = (v: ArrayLike<number>, u: ArrayLike<number>) =>
  Float32Array.from(Array.from(v).flatMap((input) => Array.from(u, (output) => input * output)));
const unit = (key: number, size: number) => {
  const x = random.fold(key).normalArray(size);
  return Float32Array.from(x, (value) => value / Math.hypot(...x));
};
const oneHot = (size: number, at: number, value = 1) =>
  Float32Array.from({ length: size }, (_, i) => (i === at ? value : 0));
const signs = Float32Array.of(1, -1, 1, 1, -1);

const upgrade = (arrays: Record<string, StoredTensor>, variables: NamedVariables) =>
  upgradeVersion1("loadFlow", new Map(Object.entries(arrays)), variables);

describe("the vectors of a file of version 1", () => {
  it.each<[string, Float32Array, Float32Array, Shape, boolean]>([
    ["3 -> 8, with v", unit(1, 3), unit(2, 8), [3, 8], true],
    ["8 -> 3, with u", unit(3, 8), unit(4, 3), [8, 3], true],
    ["5 -> 5, with v", unit(5, 5), unit(6, 5), [5, 5], true],
    ["1 -> 1", unit(7, 1), unit(8, 1), [1, 1], true],
    ["a 1x1 kernel 2 -> 6", unit(9, 2), unit(10, 6), [1, 1, 2, 6], true],
    ["a 1x1 kernel 6 -> 2", unit(11, 6), unit(12, 2), [1, 1, 6, 2], true],
    ["300 -> 400", unit(13, 300), unit(14, 400), [300, 400], true],
    ["a weight of zeros", unit(15, 4), new Float32Array(7), [4, 7], true],
    ["from l_1 to l_2, with neither", oneHot(4, 2), unit(16, 6), [4, 6], false],
    ["from l_1 to l_1, with neither", oneHot(3, 1), signs, [3, 5], false],
    ["from l_1 to l_infinity, with neither", oneHot(3, 1), oneHot(5, 4, -1), [3, 5], false],
    ["from l_infinity to l_infinity, with neither", signs, oneHot(3, 0, -1), [5, 3], false],
    ["from l_3 to l_infinity, with neither", unit(17, 6), oneHot(3, 2), [6, 3], false],
    ["a weight of zeros, with neither", oneHot(3, 0), new Float32Array(3), [3, 3], false],
  ])("have the gradient as their product, up to rounding: %s", (_, v, u, weightShape, hasStart) => {
    const gradient = outer(v, u);
    const start = v.length <= u.length ? v : u;
    const arrays = upgrade(
      {
        "a.0.weight": stored(weightShape, gradient),
        "a.0.normGradient": stored(weightShape, gradient),
        ...(hasStart && { "a.0.singularVector": stored([1, start.length], start) }),
      },
      layer(v.length, u.length, weightShape),
    );
    expect([...arrays.keys()].sort()).toEqual([
      "a.0.inputSingularVector",
      "a.0.outputSingularVector",
      "a.0.weight",
    ]);
    const [input, output] = ["input", "output"].map((end) => arrays.get(`a.0.${end}SingularVector`)!);
    expect([input!.shape, output!.shape]).toEqual([
      [1, v.length],
      [1, u.length],
    ]);
    // What was stored stays, because the next refresh starts there.
    if (hasStart) expect((v.length <= u.length ? input : output)!.data).toEqual(start);
    // One rounding each of the gradient, of the vector and of the product: 3 x 2^-24.
    const product = outer(input!.data as Float32Array, output!.data as Float32Array);
    const errors = product.map((value, i) => Math.abs(value - gradient[i]!) - 2e-7 * Math.abs(gradient[i]!));
    expect(errors.reduce((most, error) => Math.max(most, error))).toBeLessThanOrEqual(0);
  });

  it("are found for each layer by its own name, and other arrays stay", () => {
    const [v, u] = [unit(21, 2), unit(22, 3)];
    const first = layer(2, 3);
    const second = Object.fromEntries(
      Object.entries(layer(3, 2)).map(([name, value]) => [name.replace("a.0", "b"), value]),
    );
    const kernel = stored([3, 3, 1, 1], unit(23, 9));
    const arrays = upgrade(
      {
        "a.0.normGradient": stored([2, 3], outer(v, u)),
        "a.0.singularVector": stored([1, 2], v),
        "b.normGradient": stored([3, 2], outer(u, v)),
        "b.singularVector": stored([1, 2], v),
        "c.normGradient": kernel,
        "c.singularVector": stored([1, 1], [1]),
      },
      { ...first, ...second, "c.normGradient": first["a.0.weight"]! },
    );
    expect([...arrays.keys()].sort()).toEqual([
      ...["a.0.inputSingularVector", "a.0.outputSingularVector"],
      ...["b.inputSingularVector", "b.outputSingularVector"],
      ...["c.normGradient", "c.singularVector"],
    ]);
    expect(arrays.get("b.outputSingularVector")!.data).toEqual(v);
    expect(arrays.get("c.normGradient")).toBe(kernel);
  });

  it.each<[string, () => ArrayLike<number>, ArrayLike<number>]>([
    ["not of rank one", () => random.normalArray(12), unit(31, 3)],
    ["of rank one, but not with the stored vector", () => outer(unit(32, 3), unit(33, 4)), unit(34, 3)],
    [
      "so large that the other vector overflows",
      () => outer([1e30, 1e30, 1e30], [1, 1, 1, 1]),
      [1e-30, 0, 0],
    ],
    ["not zero, where the stored vector is", () => outer(unit(35, 3), unit(36, 4)), [0, 0, 0]],
  ])("are refused where the gradient is %s", (_, gradient, start) => {
    const attempt = () =>
      upgrade(
        { "a.0.normGradient": stored([3, 4], gradient()), "a.0.singularVector": stored([1, 3], start) },
        layer(3, 4),
      );
    expect(attempt).toThrow(
      /^loadFlow tensor "a.0.normGradient": expected numbers within \S+ of an outer product of two vectors, received (\d|NaN|Inf)/,
    );
    expect(attempt).toThrow(FileFormatError);
  });

  it.each<[string, Record<string, StoredTensor>]>([
    ["no gradient", {}],
    ["a gradient of another shape", { "a.0.normGradient": stored([4, 3], random.normalArray(12)) }],
    [
      "a gradient of another type",
      { "a.0.normGradient": { dtype: "I32", shape: [3, 4], data: new Int32Array(12) } },
    ],
    [
      "a vector of another shape",
      {
        "a.0.normGradient": stored([3, 4], outer(unit(37, 3), unit(38, 4))),
        "a.0.singularVector": stored([1, 4], unit(38, 4)),
      },
    ],
    ["the vectors already", { "a.0.inputSingularVector": stored([1, 3], [1, 0, 0]) }],
  ])("are not made up where a file has %s", (_, arrays) => {
    expect([...upgrade(arrays, layer(3, 4))]).toEqual(Object.entries(arrays));
  });
});
