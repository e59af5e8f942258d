import { add, createRandom, depthwiseConv2d, ones, reshape, sizeOf, transpose, zeros } from "@invertible/ops";
import type { Shape, Tensor } from "@invertible/ops";
import type { RuntimeArray } from "../src/runtime/runtime.ts";
import { difference, runBoth } from "./compare-with-cpu.ts";
import type { Tolerance } from "./compare-with-cpu.ts";

/** A way in which an array of some shape can lie in a graph. */
interface Form {
  readonly name: string;
  /** The shape of the input that it is made from. */
  readonly from: Shape;
  readonly make: (given: Tensor) => Tensor;
}

/** The same images, as a convolution leaves them: with their channels first. */
function channelsFirst(images: Tensor): Tensor {
  const channels = images.shape[3]!;
  return depthwiseConv2d(ones([1, 1, channels]), { inputShape: images.shape.slice(1) }).apply(images);
}

/** A reshape of images whose channels come first. */
function ofImages(shape: Shape, name: string, images: Shape): Form {
  return { name, from: images, make: (given) => reshape(channelsFirst(given), [...shape]) };
}

/** An array [..., C] that is there as [C, ...]. The graph leaves the transpose out. */
function transposed(shape: Shape): Form {
  const last = shape.length - 1;
  const perm = Array.from(shape, (_, axis) => (axis + 1) % shape.length);
  const from = [shape[last]!, ...shape.slice(0, last)];
  return { name: "transposed", from, make: (given) => transpose(given, perm) };
}

/** An array that only repeats another one along some axes. The graph leaves the sum with zeros out. */
function repeating(shape: Shape, from: Shape): Form {
  const make = (given: Tensor) => add(given, zeros([...shape]));
  return { name: `repeating [${from.join(", ")}]`, from, make };
}

/** All forms of arrays of a shape. */
function formsOf(shape: Shape): readonly Form[] {
  const rank = shape.length;
  const forms: Form[] = [{ name: "as given", from: shape, make: (given) => given }];
  if (rank > 1) forms.push(transposed(shape));
  const [rows = 0, columns = 0] = shape;
  const images: Readonly<Record<string, Shape>> = {
    ...(rank >= 4 && { images: [sizeOf(shape.slice(0, -3)), ...shape.slice(-3)] }),
    ...(rank === 2 && rows % 4 === 0 && { "rows of images": [rows / 4, 2, 2, columns] }),
    ...(rank === 2 && columns % 4 === 0 && { "whole images": [rows, 2, 2, columns / 4] }),
    ...(rank === 2 && columns % 2 === 0 && { "images of one channel": [rows, 2, columns / 2, 1] }),
  };
  for (const [name, from] of Object.entries(images))
    if (!from.slice(1).includes(0)) forms.push(ofImages(shape, name, from));
  shape.forEach((size, axis) => {
    if (size > 1) forms.push(repeating(shape, shape.with(axis, 1)));
  });
  if (rank > 0) forms.push(repeating(shape, []), repeating(shape, shape.slice(1)));
  return forms;
}

const random = createRandom(1);

/** Numbers between -2 and 2, none near 0, so that quotients have no great condition number. */
export function numbers(shape: Shape, name: string): RuntimeArray {
  const uniform = random.fold(name).uniformArray(sizeOf(shape));
  const data = Float32Array.from(uniform, (u) => (u < 0.5 ? 3 * u - 2 : 3 * u - 1));
  return { dtype: "float32", shape, data };
}

/** Which forms of several inputs are tried together: each with each, or each with the others as they are given. */
export type Together = "each with each" | "one at a time";

function choicesOf(shapes: readonly Shape[], together: Together): readonly (readonly Form[])[] {
  const forms = shapes.map(formsOf);
  if (together === "one at a time") {
    const given = forms.map(([first]) => first!);
    // And all inputs as images, where they can be.
    const images = forms.map((each) => each.find(({ name }) => name.includes("images")) ?? each[0]!);
    return [given, images, ...forms.flatMap((each, i) => each.slice(1).map((form) => given.with(i, form)))];
  }
  return forms.reduce<readonly (readonly Form[])[]>(
    (chosen, each) => chosen.flatMap((before) => each.map((form) => [...before, form])),
    [[]],
  );
}

/**
 * Compares a task with its graph for the forms of its inputs.
 *
 * @returns the kernels that were reached, and in words what differed.
 */
export async function compareForms(
  task: (...inputs: Tensor[]) => Tensor | readonly Tensor[],
  shapes: readonly Shape[],
  tolerance: Tolerance = {},
  together: Together = "each with each",
): Promise<{ readonly kernels: ReadonlySet<string>; readonly differences: readonly string[] }> {
  const choices = choicesOf(shapes, together);
  const inputs = choices.flatMap((forms, choice) =>
    forms.map(({ from }, i) => numbers(from, `${choice} ${i}`)),
  );
  const counts: number[] = [];
  const { expected, received, kernels } = await runBoth(
    (...given) =>
      choices.flatMap((forms, choice) => {
        const results = [
          task(...forms.map((form, i) => form.make(given[choice * shapes.length + i]!))),
        ].flat() as Tensor[];
        counts.push(results.length);
        return results;
      }),
    inputs,
  );
  const names = choices.flatMap((forms, choice) =>
    Array.from(
      { length: counts[choice]! },
      (_, i) => `${forms.map(({ name }) => name).join(", ")}: result ${i}`,
    ),
  );
  const differences = expected.flatMap((each, i) => {
    const found = difference(each, received[i]!, tolerance);
    return found === undefined ? [] : [`${names[i]}: ${found}`];
  });
  return { kernels, differences };
}
