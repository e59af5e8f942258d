import { UnsupportedError } from "@invertible/errors";
import { int } from "./graph.ts";
import type { Graph, GraphConstant, GraphNode, GraphPort } from "./graph.ts";
import { repeatedRows } from "./repeated-rows.ts";
import type { RepeatedRows } from "./repeated-rows.ts";

/** A graph for a batch of one size. */
export interface SizedGraph {
  readonly batch: number;
  readonly graph: Graph;
}

/** A number that is factor * batch + offset for every batch. */
interface Linear {
  readonly factor: number;
  readonly offset: number;
}

/** The name of the batch axis in the shapes of inputs and outputs. */
const axisName = "batch";

/**
 * Makes one graph for batches of every size out of those of three sizes. The graphs must have the same operations. They may
 * differ in the sizes of arrays, of which every one has to be factor * batch + offset: the first two graphs give the factor and the offset,
 * and the third one has to agree. They may also differ in constants that have the same rows, each once for every example. The new graph
 * computes these sizes and constants from the first axis of the input `of`.
 *
 * @throws UnsupportedError where the graphs differ in anything else.
 */
export function generaliseBatch(where: string, of: string, sized: readonly SizedGraph[]): Graph {
  const graphs = sized.map(({ graph }) => graph);
  const [first] = graphs as [Graph];
  const refuse = (difference: string): never => {
    throw new UnsupportedError(
      `${where}: expected a computation that is the same for every batch size, received one in which ${difference}; give a batchSize`,
    );
  };
  const linear = (values: readonly number[], what: string): Linear => {
    const [b0, b1] = sized.map(({ batch }) => batch) as [number, number];
    const factor = (values[1]! - values[0]!) / (b1 - b0);
    const offset = values[0]! - factor * b0;
    if (!Number.isInteger(factor) || sized.some(({ batch }, i) => factor * batch + offset !== values[i]))
      refuse(`${what} is ${values.join(", ")} for ${sized.map(({ batch }) => batch).join(", ")} examples`);
    return { factor, offset };
  };

  const nodes: GraphNode[] = [];
  const added = new Set<string>();
  const constants = new Map<string, GraphConstant>();
  const keep = (constant: GraphConstant): string => {
    constants.set(constant.name, constant);
    return constant.name;
  };
  const integers = (name: string, values: readonly number[]): string => {
    const bytes = new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
    return keep({ name, dtype: "int64", shape: [values.length], bytes });
  };
  const add = (name: string, operation: string, inputs: readonly string[], attributes = {}): string => {
    if (!added.has(name)) nodes.push({ operation, domain: "", inputs, outputs: [name], attributes });
    added.add(name);
    return name;
  };
  const batch = () =>
    add("batch", "Gather", [add("batch.shape", "Shape", [of]), integers("batch.first", [0])], {
      axis: int(0),
    });
  /** The name of a list of integers that follow from the batch. */
  const sizes = (entries: readonly Linear[], isShape: boolean): string => {
    const name = `sizes.${entries.map(({ factor, offset }) => `${factor}.${offset}`).join("_")}`;
    const following = entries.filter(({ factor }) => factor !== 0);
    // A reshape finds one size by itself.
    if (
      isShape &&
      following.length === 1 &&
      entries.every(({ factor, offset }) => (factor === 0 ? offset !== 0 : offset === 0))
    )
      return integers(
        `${name}.shape`,
        entries.map(({ factor, offset }) => (factor === 0 ? offset : -1)),
      );
    const factors = integers(
      `${name}.factors`,
      entries.map(({ factor }) => factor),
    );
    const offsets = integers(
      `${name}.offsets`,
      entries.map(({ offset }) => offset),
    );
    return add(name, "Add", [add(`${name}.products`, "Mul", [batch(), factors]), offsets]);
  };

  /** The name of an array that has each row of a constant once for every example. */
  const repeated = ({ rows, shape }: RepeatedRows): string => {
    const [count, , size] = rows.shape as [number, number, number];
    const fixed = (offset: number): Linear => ({ factor: 0, offset });
    const wide = sizes([fixed(count), { factor: 1, offset: 0 }, fixed(size)], false);
    const expanded = add(`${rows.name}.expanded`, "Expand", [keep(rows), wide]);
    return add(`${rows.name}.repeated`, "Reshape", [expanded, integers(`${rows.name}.shape`, shape)]);
  };

  const constantsOf = graphs.map(({ constants }) => new Map(constants.map((each) => [each.name, each])));
  /** What the names of the first graph are called in each of them. */
  const names = new Map<string, readonly string[]>();
  const port = (ports: readonly GraphPort[]): GraphPort => ({
    ...ports[0]!,
    shape: ports[0]!.shape.map((_, axis) => {
      const { factor, offset } = linear(
        ports.map(({ shape }) => shape[axis] as number),
        `the size of "${ports[0]!.name}"`,
      );
      if (factor === 0) return offset;
      return `${factor === 1 ? "" : `${factor}*`}${axisName}${offset === 0 ? "" : `+${offset}`}`;
    }),
  });
  const portsOf = (kind: "inputs" | "outputs"): GraphPort[] =>
    first[kind].map((_, i) => {
      const ports = graphs.map((graph) => graph[kind][i]);
      if (ports.some((each) => each?.name !== ports[0]!.name)) refuse(`${kind} differ`);
      return port(ports as GraphPort[]);
    });
  const operand = (given: readonly string[], isShape: boolean): string => {
    const found = given.map((name, i) => constantsOf[i]!.get(name));
    const [constant] = found;
    if (constant === undefined || found.includes(undefined)) {
      if ((names.get(given[0]!) ?? given).some((name, i) => name !== given[i]))
        refuse("operations have other operands");
      return given[0]!;
    }
    const all = found as readonly GraphConstant[];
    if (all.every((each) => sameConstant(each, constant))) return keep(constant);
    const rows = repeatedRows(all.map((constant, i) => ({ batch: sized[i]!.batch, constant })));
    if (rows) return repeated(rows);
    if (all.some(({ dtype }) => dtype !== "int64")) refuse("constants differ");
    const lists = all.map(({ bytes }) => [...new BigInt64Array(bytes.slice().buffer)].map(Number));
    if (lists.some(({ length }) => length !== lists[0]!.length)) refuse("lists of sizes differ");
    return sizes(
      lists[0]!.map((_, i) =>
        linear(
          lists.map((list) => list[i]!),
          "a size",
        ),
      ),
      isShape,
    );
  };

  const inputs = portsOf("inputs");
  if (graphs.some(({ nodes }) => nodes.length !== first.nodes.length)) refuse("operations differ");
  first.nodes.forEach((node, i) => {
    const same = graphs.map(({ nodes }) => nodes[i]!);
    if (same.some((each) => describe(each) !== describe(node)))
      refuse(`operations differ: ${node.operation}`);
    const operands = node.inputs.map((_, at) =>
      operand(
        same.map((each) => each.inputs[at]!),
        node.operation === "Reshape" && at === 1,
      ),
    );
    node.outputs.forEach((name, at) =>
      names.set(
        name,
        same.map(({ outputs }) => outputs[at]!),
      ),
    );
    nodes.push({ ...node, inputs: operands });
  });
  const { operationSet } = first;
  return { operationSet, inputs, constants: [...constants.values()], nodes, outputs: portsOf("outputs") };
}

function describe({ operation, domain, inputs, outputs, attributes }: GraphNode): string {
  return JSON.stringify([operation, domain, inputs.length, outputs.length, attributes]);
}

function sameConstant(a: GraphConstant, b: GraphConstant): boolean {
  return (
    a.dtype === b.dtype &&
    a.shape.join() === b.shape.join() &&
    a.bytes.length === b.bytes.length &&
    a.bytes.every((byte, i) => byte === b.bytes[i])
  );
}
