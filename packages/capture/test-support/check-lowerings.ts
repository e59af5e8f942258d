import type { Shape, Tensor } from "@invertible/ops";
import { expect } from "vitest";
import { compareForms, numbers } from "./forms.ts";
import { difference, runBoth } from "./compare-with-cpu.ts";
import type { Task, Tolerance } from "./compare-with-cpu.ts";
import type { RuntimeArray } from "../src/runtime/runtime.ts";

/**
 * What sums of up to a hundred numbers of size 2 may differ by when they are added up in another order: a few roundings of 6e-8, each
 * of the size of the running sum.
 */
const rounding: Tolerance = { ofLargest: 1e-6, absolute: 2e-6 };

/** Compares tasks with their graphs, and notes which kernels they reached. */
export function createChecker() {
  const reached = new Set<string>();
  return {
    /** For all forms of inputs of these shapes. */
    async forms(
      task: Task,
      shapes: readonly Shape[],
      tolerance: Tolerance = rounding,
      inputOf: (shape: Shape, name: string) => RuntimeArray = numbers,
    ): Promise<void> {
      const { kernels, differences } = await compareForms(task, shapes, tolerance, inputOf);
      kernels.forEach((kernel) => reached.add(kernel));
      expect(differences).toEqual([]);
    },
    /** For these inputs. */
    async values(
      task: Task,
      inputs: readonly RuntimeArray[],
      tolerance: Tolerance | readonly Tolerance[] = rounding,
    ): Promise<void> {
      const { expected, received, kernels } = await runBoth(task, inputs);
      kernels.forEach((kernel) => reached.add(kernel));
      const differences = expected.flatMap((each, i) => {
        const limit = Array.isArray(tolerance) ? tolerance[i] : tolerance;
        return difference(each, received[i]!, limit as Tolerance) ?? [];
      });
      expect(differences).toEqual([]);
    },
    /** The kernels of a table that no task has reached. */
    missing: (table: Readonly<Record<string, unknown>>) =>
      Object.keys(table).filter((kernel) => !reached.has(kernel)),
  };
}

/** Arrays of several types. */
export const floats = (shape: Shape, data: readonly number[]): RuntimeArray => ({
  dtype: "float32",
  shape,
  data: Float32Array.from(data),
});
export const integers = (shape: Shape, data: readonly number[]): RuntimeArray => ({
  dtype: "int32",
  shape,
  data: Int32Array.from(data),
});
export const booleans = (shape: Shape, data: readonly number[]): RuntimeArray => ({
  dtype: "bool",
  shape,
  data: Uint8Array.from(data),
});

/** Ranks 0 to 5, axes of size 1, and nothing at all. */
export const shapes: readonly Shape[] = [
  [],
  [5],
  [4, 3],
  [3, 4],
  [8, 8],
  [2, 3, 4],
  [1, 1, 3],
  [2, 3, 2, 4],
  [2, 2, 3, 1],
  [3, 1, 1, 4],
  [1, 1, 1, 1],
  [2, 2, 3, 2, 3],
  [0],
  [0, 3],
  [3, 0, 2],
  [0, 3, 2, 4],
];

export type Axis = number;
/** The axes of a shape. */
export const axesOf = (shape: Shape): Axis[] => shape.map((_, axis) => axis);

export type OneTensor = (x: Tensor) => Tensor | readonly Tensor[];
