/** Types of numbers in a graph, by the names of TensorFlow.js. "int64" is what shapes and axes are given in. */
export type DataType = "float32" | "int32" | "bool" | "int64";

/** A constant of a node: an integer, a list of integers, a float32 number or a text. */
export type Attribute =
  | { readonly kind: "int"; readonly value: number }
  | { readonly kind: "ints"; readonly value: readonly number[] }
  | { readonly kind: "float"; readonly value: number }
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "graph"; readonly value: Branch };

/** The nodes of a part that runs under a condition. They may read every array of the graph around it. */
export interface Branch {
  readonly nodes: readonly GraphNode[];
  readonly outputs: readonly string[];
}

/** One operation. Arrays are known by their names. */
export interface GraphNode {
  readonly operation: string;
  /** "" for the standard operations of ONNX. */
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** An array that comes in or goes out. */
export interface GraphPort {
  readonly name: string;
  readonly dtype: DataType;
  /** The size of every axis, or a name for sizes that differ from run to run. */
  readonly shape: readonly (number | string)[];
}

/** A constant array. */
export interface GraphConstant extends GraphPort {
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

/** A graph of operations, in an order in which they can run. */
export interface Graph {
  /** The version of ONNX's set of operations. */
  readonly operationSet: number;
  readonly inputs: readonly GraphPort[];
  readonly constants: readonly GraphConstant[];
  readonly nodes: readonly GraphNode[];
  readonly outputs: readonly GraphPort[];
}

export const int = (value: number): Attribute => ({ kind: "int", value });
export const ints = (value: readonly number[]): Attribute => ({ kind: "ints", value });
export const float = (value: number): Attribute => ({ kind: "float", value });
export const string = (value: string): Attribute => ({ kind: "string", value });

/** All arrays that a node reads, also within its parts. */
export function readBy({ inputs, attributes }: GraphNode): readonly string[] {
  const within = Object.values(attributes).flatMap((attribute) =>
    attribute.kind === "graph" ? [...attribute.value.nodes.flatMap(readBy), ...attribute.value.outputs] : [],
  );
  return [...inputs, ...within];
}
