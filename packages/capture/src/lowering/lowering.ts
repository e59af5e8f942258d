import { UnsupportedError } from "@invertible/errors";
import type { KernelRecord, Use } from "../trace/recording.ts";
import type { Scope } from "./scope.ts";

/** Adds to a graph what one call of a kernel computes. */
export type Lowering = (call: LoweredCall, scope: Scope) => void;

/** One call of a kernel, with its inputs by name. */
export interface LoweredCall {
  readonly kernel: string;
  /** An input by its name. */
  input(name: string): Use;
  /** The inputs that are given as a list, or by number. */
  readonly list: readonly Use[];
  readonly attributes: Readonly<Record<string, unknown>>;
  /** The only output. */
  readonly output: Use;
  readonly outputs: readonly Use[];
}

/** A record in the form that lowerings read. */
export function loweredCall({ kernel, inputs, attributes, outputs }: KernelRecord): LoweredCall {
  return {
    kernel,
    input(name) {
      const use = inputs[name];
      if (use === undefined || Array.isArray(use))
        throw new UnsupportedError(
          `capture: expected ${kernel} with an input ${name}, received ${Object.keys(inputs).join(", ")}`,
        );
      return use as Use;
    },
    list: Object.values(inputs).flat(),
    attributes,
    output: outputs[0]!,
    outputs,
  };
}

/** An axis or a list of axes, null for all, as a sorted list of axes of an array of this rank. */
export function axesOf(axis: unknown, rank: number): number[] {
  const list =
    axis === null || axis === undefined ? Array.from({ length: rank }, (_, i) => i) : [axis].flat();
  return list.map((each) => axisOf(each, rank)).sort((a, b) => a - b);
}

/** An axis, which may count from the end. */
export function axisOf(axis: unknown, rank: number): number {
  const given = axis as number;
  return given < 0 ? given + rank : given;
}

/** Where an axis of [..., C] lies in [C, ...]. */
export function axisChannelsFirst(axis: number, rank: number): number {
  return (axis + 1) % rank;
}
