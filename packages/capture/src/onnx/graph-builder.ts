import type { Shape } from "@invertible/ops";
import type { Attribute, DataType, Graph, GraphConstant, GraphNode, GraphPort } from "./graph.ts";

type Values = Float32Array | Int32Array | Uint8Array | BigInt64Array;

/** Adds operations to a graph. Arrays are known by their names. */
export interface GraphBuilder {
  /** Declares an input. */
  input(name: string, dtype: DataType, shape: Shape): string;
  /** A constant array. Equal constants are one. */
  constant(dtype: DataType, values: Values, shape: Shape): string;
  /** A scalar of type float32. */
  scalar(value: number): string;
  /** A list of 64-bit integers, which is how ONNX takes shapes and axes. */
  integers(values: readonly number[]): string;
  /** Adds an operation with one output. The same operation on the same arrays is added once. */
  add(operation: string, inputs: readonly string[], attributes?: Attributes): string;
  /** Adds an operation with several outputs. */
  addMany(
    operation: string,
    inputs: readonly string[],
    count: number,
    attributes?: Attributes,
  ): readonly string[];
  /** Adds an operation of ONNX Runtime that ONNX does not have. */
  addOwn(operation: string, inputs: readonly string[], attributes?: Attributes): string;
  /** x in another shape of the same size. */
  reshape(x: string, shape: Shape): string;
  /** The graph that computes the outputs, without what none of them needs. */
  finish(outputs: readonly (GraphPort & { readonly of: string })[]): Graph;
}

type Attributes = Readonly<Record<string, Attribute>>;

/** The domain of operations that only ONNX Runtime has. */
const ownDomain = "com.microsoft";

/** Starts an empty graph. */
export function createGraphBuilder(): GraphBuilder {
  const inputs: GraphPort[] = [];
  const constants = new Map<string, GraphConstant>();
  const constantNames = new Map<string, string>();
  const nodes: GraphNode[] = [];
  const known = new Map<string, readonly string[]>();
  let count = 0;

  const add = (
    domain: string,
    operation: string,
    from: readonly string[],
    outputs: number,
    attributes: Attributes = {},
  ): readonly string[] => {
    const key = JSON.stringify([domain, operation, from, attributes]);
    const same = known.get(key);
    if (same) return same;
    const names = Array.from({ length: outputs }, () => `a${count++}`);
    nodes.push({ operation, domain, inputs: from, outputs: names, attributes });
    known.set(key, names);
    return names;
  };
  const constant = (dtype: DataType, values: Values, shape: Shape): string => {
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    const key = `${dtype} ${shape.join()} ${Buffer.from(bytes).toString("latin1")}`;
    let name = constantNames.get(key);
    if (name === undefined) {
      name = `c${constants.size}`;
      constants.set(name, { name, dtype, shape, bytes });
      constantNames.set(key, name);
    }
    return name;
  };
  const integers = (values: readonly number[]) =>
    constant("int64", BigInt64Array.from(values, BigInt), [values.length]);

  return {
    input(name, dtype, shape) {
      inputs.push({ name, dtype, shape });
      return name;
    },
    constant,
    scalar: (value) => constant("float32", Float32Array.of(value), []),
    integers,
    add: (operation, from, attributes) => add("", operation, from, 1, attributes)[0]!,
    addMany: (operation, from, outputs, attributes) => add("", operation, from, outputs, attributes),
    addOwn: (operation, from, attributes) => add(ownDomain, operation, from, 1, attributes)[0]!,
    reshape: (x, shape) =>
      add("", "Reshape", [x, integers(shape)], 1, { allowzero: { kind: "int", value: 1 } })[0]!,
    finish(outputs) {
      // An output has a name of its own, also where it is an input or another output.
      for (const { name, of } of outputs)
        nodes.push({ operation: "Identity", domain: "", inputs: [of], outputs: [name], attributes: {} });
      const needed = new Set(outputs.map(({ name }) => name));
      const kept: GraphNode[] = [];
      for (const node of [...nodes].reverse()) {
        if (!node.outputs.some((name) => needed.has(name))) continue;
        node.inputs.forEach((name) => needed.add(name));
        kept.unshift(node);
      }
      return {
        inputs,
        constants: [...constants.values()].filter(({ name }) => needed.has(name)),
        nodes: kept,
        outputs: outputs.map(({ name, dtype, shape }) => ({ name, dtype, shape })),
      };
    },
  };
}
