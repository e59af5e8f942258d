import type { Shape } from "@invertible/ops";
import { fuseBias } from "./fuse-bias.ts";
import { int, ints, readBy } from "./graph.ts";
import type { Attribute, DataType, Graph, GraphConstant, GraphNode, GraphPort } from "./graph.ts";
import { splitInputs } from "./split-inputs.ts";

type Values = Float32Array | Int32Array | Uint8Array | BigInt64Array;

/** Adds operations to a graph. Arrays are known by their names. */
export interface GraphBuilder {
  /** Whether the graph has only operations that ONNX had in version 17. */
  readonly portable: boolean;
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
  /** The product of two matrices or lists of matrices, of which one or both are transposed first. */
  product(a: Factor, b: Factor): string;
  /**
   * Adds a part that runs only where `condition` holds. `build` is given names for the arrays of `state`, and returns one result for
   * each, in the same shape. Where the condition does not hold, the results are the arrays of `state`. What does not depend on `state` is
   * added outside, so that several parts share it.
   */
  when(
    condition: string,
    state: readonly string[],
    build: (state: readonly string[]) => readonly string[],
  ): readonly string[];
  /** x in another shape of the same size. */
  reshape(x: string, shape: Shape): string;
  /** The graph that computes the outputs, without what none of them needs. */
  finish(outputs: readonly (GraphPort & { readonly of: string })[]): Graph;
}

/** A matrix of a product. */
export interface Factor {
  readonly name: string;
  readonly rank: number;
  readonly transposed?: boolean;
}

/** Options of `createGraphBuilder`. */
export interface GraphOptions {
  /**
   * Whether the graph has only operations that ONNX had in version 17. Otherwise it may have newer ones, and those of ONNX Runtime,
   * which are faster. Default false.
   */
  readonly portable?: boolean;
}

type Attributes = Readonly<Record<string, Attribute>>;

/** One character for each byte, to compare constants by. */
const latin1 = new TextDecoder("latin1");

/** The domain of operations that only ONNX Runtime has. */
const ownDomain = "com.microsoft";

/** The graph, or a part of it that runs under a condition. */
interface Level {
  readonly nodes: GraphNode[];
  /** The operations that are there, with their outputs. */
  readonly known: Map<string, readonly string[]>;
  /** The arrays that exist only here and in parts within. */
  readonly own: Set<string>;
}

const identity = (from: string, to: string): GraphNode => ({
  operation: "Identity",
  domain: "",
  inputs: [from],
  outputs: [to],
  attributes: {},
});

/** The nodes that the outputs depend on. */
function neededNodes(nodes: readonly GraphNode[], outputs: readonly string[]): readonly GraphNode[] {
  const needed = new Set(outputs);
  const kept: GraphNode[] = [];
  for (const node of [...nodes].reverse()) {
    if (!node.outputs.some((name) => needed.has(name))) continue;
    readBy(node).forEach((name) => needed.add(name));
    kept.push(node);
  }
  return kept.reverse();
}

function integersOf({ bytes }: GraphConstant): readonly number[] {
  return [...new BigInt64Array(bytes.slice().buffer)].map(Number);
}

/** Starts an empty graph. */
export function createGraphBuilder({ portable = false }: GraphOptions = {}): GraphBuilder {
  const inputs: GraphPort[] = [];
  const constants = new Map<string, GraphConstant>();
  const constantNames = new Map<string, string>();
  /** Parts within parts, the outermost first, which is the graph itself. */
  const levels: Level[] = [{ nodes: [], known: new Map(), own: new Set() }];
  const [{ nodes }] = levels as [Level];
  /** The shapes of inputs, constants and reshaped arrays. */
  const shapes = new Map<string, string>();
  /** What reshaped arrays were before, so that only the last of several reshapes is made. */
  const reshaped = new Map<string, string>();
  /** The numbers of rows of products of two matrices, where they are known. */
  const rows = new Map<string, number>();
  let count = 0;
  const newName = () => `a${count++}`;

  const add = (
    domain: string,
    operation: string,
    from: readonly string[],
    outputs: number,
    attributes: Attributes = {},
  ): readonly string[] => {
    const key = JSON.stringify([domain, operation, from, attributes]);
    // It goes to the innermost part that one of its inputs belongs to.
    const level = levels.findLast(({ own }, depth) => depth === 0 || from.some((name) => own.has(name)))!;
    const same = level.known.get(key);
    if (same) return same;
    const names = Array.from({ length: outputs }, newName);
    level.nodes.push({ operation, domain, inputs: from, outputs: names, attributes });
    level.known.set(key, names);
    for (const name of names) level.own.add(name);
    return names;
  };
  const constant = (dtype: DataType, values: Values, shape: Shape): string => {
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    const key = `${dtype} ${shape.join()} ${latin1.decode(bytes)}`;
    let name = constantNames.get(key);
    if (name === undefined) {
      name = `c${constants.size}`;
      constants.set(name, { name, dtype, shape, bytes });
      constantNames.set(key, name);
      shapes.set(name, shape.join());
    }
    return name;
  };
  const integers = (values: readonly number[]) =>
    constant("int64", BigInt64Array.from(values, BigInt), [values.length]);

  /** A factor as it goes into the product. */
  const turned = ({ name, rank, transposed }: Factor): string => {
    if (!transposed) return name;
    const lead = Array.from({ length: rank - 2 }, (_, axis) => axis);
    const result = add("", "Transpose", [name], 1, { perm: ints([...lead, rank - 1, rank - 2]) })[0]!;
    const shape = shapes.get(name);
    if (shape !== undefined && rank === 2) shapes.set(result, shape.split(",").reverse().join());
    return result;
  };

  return {
    portable,
    input(name, dtype, shape) {
      inputs.push({ name, dtype, shape });
      shapes.set(name, shape.join());
      return name;
    },
    constant,
    scalar: (value) => constant("float32", Float32Array.of(value), []),
    integers,
    add: (operation, from, attributes) => add("", operation, from, 1, attributes)[0]!,
    addMany: (operation, from, outputs, attributes) => add("", operation, from, outputs, attributes),
    product(a, b) {
      // A transposed first factor slows the product down by more than it takes to transpose it.
      const first = turned(a);
      if (!b.transposed || portable) {
        const product = add("", "MatMul", [first, turned(b)], 1)[0]!;
        const [count, inner] = shapes.get(first)?.split(",").map(Number) ?? [];
        if (count && inner && a.rank === 2 && b.rank === 2) rows.set(product, count);
        return product;
      }
      return add(ownDomain, "FusedMatMul", [first, b.name], 1, { transB: int(1) })[0]!;
    },
    when(condition, state, build) {
      const given = state.map(newName);
      const level: Level = { nodes: [], known: new Map(), own: new Set(given) };
      state.forEach((name, i) => level.nodes.push(identity(name, given[i]!)));
      levels.push(level);
      let results: readonly string[];
      try {
        results = build(given);
      } finally {
        levels.pop();
      }
      // The outputs of a part are arrays of its own.
      const named = results.map((name) => (level.own.has(name) ? name : undefined) ?? newName());
      results.forEach((name, i) => {
        if (name !== named[i]) level.nodes.push(identity(name, named[i]!));
      });
      const otherwise = state.map(newName);
      const outputs = results.map(newName);
      const outer = levels.at(-1)!;
      outer.nodes.push({
        operation: "If",
        domain: "",
        inputs: [condition],
        outputs,
        attributes: {
          then_branch: { kind: "graph", value: { nodes: neededNodes(level.nodes, named), outputs: named } },
          else_branch: {
            kind: "graph",
            value: { nodes: state.map((name, i) => identity(name, otherwise[i]!)), outputs: otherwise },
          },
        },
      });
      for (const name of outputs) outer.own.add(name);
      return outputs;
    },
    reshape(x, shape) {
      const from = reshaped.get(x) ?? x;
      for (const name of [x, from]) if (shapes.get(name) === shape.join()) return name;
      const name = add("", "Reshape", [from, integers(shape)], 1, { allowzero: int(1) })[0]!;
      reshaped.set(name, from);
      shapes.set(name, shape.join());
      return name;
    },
    finish(outputs) {
      // An output has a name of its own, also where it is an input or another output.
      for (const { name, of } of outputs) nodes.push(identity(of, name));
      const present = neededNodes(
        nodes,
        outputs.map(({ name }) => name),
      );
      const fused = portable
        ? present
        : fuseBias(present, {
            rowsOf: (name) => rows.get(name),
            isColumn: (name, count) => shapes.get(name) === `${count},1`,
          });
      const kept = splitInputs(fused, {
        integers,
        newName,
        valuesOf(name) {
          const known = constants.get(name);
          return known?.dtype === "int64" ? integersOf(known) : undefined;
        },
        sizeOf(of) {
          const [size, ...more] = inputs.find(({ name }) => name === of)?.shape ?? [];
          return typeof size === "number" && more.length === 0 ? size : undefined;
        },
      });
      const needed = new Set(kept.flatMap(readBy));
      return {
        operationSet: portable ? 17 : 18,
        inputs: inputs.filter(({ name }) => needed.has(name)),
        constants: [...constants.values()].filter(({ name }) => needed.has(name)),
        nodes: kept,
        outputs: outputs.map(({ name, dtype, shape }) => ({ name, dtype, shape })),
      };
    },
  };
}
