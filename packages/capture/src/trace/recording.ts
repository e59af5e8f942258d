import type { Shape } from "@invertible/ops";

/** Numbers as they lie in memory. A reshape shows the same array in another shape, so an array has no shape of its own. */
export interface ArrayNode {
  readonly id: number;
  readonly dtype: "float32" | "int32" | "bool";
  readonly size: number;
}

/** An array and the shape in which a kernel sees it. */
export interface Use {
  readonly array: ArrayNode;
  readonly shape: Shape;
}

/** One call of a kernel. */
export interface KernelRecord {
  readonly kernel: string;
  readonly inputs: Readonly<Record<string, Use | readonly Use[]>>;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly outputs: readonly Use[];
  /** Where it was called, as the end of a message: " in actNorm (bijection.0)". */
  readonly place: string;
  /** Of a "When": the calls that a replay skips where `reached` is 0, so that the outputs are the arrays of `state`. */
  readonly body?: readonly KernelRecord[];
}

/** The kernels that a task called, in their order, with what they read. */
export interface Recording {
  readonly records: readonly KernelRecord[];
  /** Arrays that the task found or made from numbers, with their values. They are the same in every replay. */
  readonly constants: ReadonlyMap<ArrayNode, Float32Array | Int32Array | Uint8Array>;
  /** Those constants that are variables nobody declared, with a description. Their values change, so nothing may depend on them. */
  readonly foreignVariables: ReadonlyMap<ArrayNode, string>;
}
