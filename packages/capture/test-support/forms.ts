import { add, createRandom, depthwiseConv2d, ones, reshape, sizeOf, zeros } from "@invertible/ops";
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

/** An array that only repeats another one along some axes. The graph leaves the sum with zeros out. */
function repeating(shape: Shape, from: Shape): Form {
  const make = (given: Tensor) => add(given, zeros([...shape]));
  return { name: `repeating [${from.join(", ")}]`, from, make };
}

/** All forms of arrays of a shape. */
export function formsOf(shape: Shape): readonly Form[] {
  const rank = shape.length;
  const forms: Form[] = [{ name: "as given", from: shape, make: (given) => given }];
  if (rank >= 4) forms.push(ofImages(shape, "images", [sizeOf(shape.slice(0, -3)), ...shape.slice(-3)]));
  const [rows = 0, columns = 0] = shape;
  if (rank === 2 && rows % 4 === 0) forms.push(ofImages(shape, "rows of images", [rows / 4, 2, 2, columns]));
  if (rank === 2 && columns % 4 === 0) forms.push(ofImages(shape, "whole images", [rows, 2, 2, columns / 4]));
  if (rank === 2 && columns % 4 === 0)
    forms.push(ofImages(shape, "images of one channel", [rows, 2, columns / 2, 1]));
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

/**
 * Compares a task with its graph for all forms of its inputs, each with each.
 *
 * @returns the kernels that were reached, and in words what differed.
 */
export async function compareForms(
  task: (...inputs: Tensor[]) => Tensor | readonly Tensor[],
  shapes: readonly Shape[],
  tolerance: Tolerance = {},
  inputOf: (shape: Shape, name: string) => RuntimeArray = numbers,
): Promise<{ readonly kernels: ReadonlySet<string>; readonly differences: readonly string[] }> {
  const choices = shapes
    .map(formsOf)
    .reduce<readonly (readonly Form[])[]>(
      (chosen, forms) => chosen.flatMap((before) => forms.map((form) => [...before, form])),
      [[]],
    );
  const inputs = choices.flatMap((forms, choice) =>
    forms.map(({ from }, i) => inputOf(from, `${choice} ${i}`)),
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
