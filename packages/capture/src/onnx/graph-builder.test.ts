import { describe, expect, it } from "vitest";
import { int, ints } from "./graph.ts";
import { createGraphBuilder } from "./graph-builder.ts";

const output = (name: string, of: string) => ({ name, of, dtype: "float32" as const, shape: [2] });
const operations = (graph: ReturnType<ReturnType<typeof createGraphBuilder>["finish"]>) =>
  graph.nodes.map(({ operation }) => operation);

describe("createGraphBuilder", () => {
  it("adds an operation on the same arrays once, and another one where an attribute or the order differs", () => {
    const graph = createGraphBuilder();
    const [x, y] = [graph.input("x", "float32", [2]), graph.input("y", "float32", [2])];
    expect(graph.add("Sub", [x, y])).toBe(graph.add("Sub", [x, y]));
    expect(graph.add("Sub", [x, y])).not.toBe(graph.add("Sub", [y, x]));
    const concat = (axis: number) => graph.add("Concat", [x, y], { axis: int(axis) });
    expect(concat(0)).toBe(concat(0));
    expect(concat(0)).not.toBe(concat(1));
  });

  it("keeps equal constants once, and tells zeros apart by their sign", () => {
    const graph = createGraphBuilder();
    expect(graph.scalar(2)).toBe(graph.constant("float32", Float32Array.of(2), []));
    expect(graph.scalar(2)).not.toBe(graph.constant("float32", Float32Array.of(2), [1]));
    expect(graph.scalar(0)).not.toBe(graph.scalar(-0));
    expect(graph.scalar(0)).not.toBe(graph.constant("int32", Int32Array.of(0), []));
    expect(graph.scalar(NaN)).not.toBe(graph.scalar(Infinity));
    expect(graph.integers([1, -1])).toBe(graph.constant("int64", BigInt64Array.of(1n, -1n), [2]));
  });

  it("takes a part of a longer array for a constant", () => {
    const graph = createGraphBuilder();
    const part = Float32Array.of(1, 2, 3, 4).subarray(1, 3);
    const name = graph.constant("float32", part, [2]);
    const { constants } = graph.finish([output("o", name)]);
    expect(constants.map(({ bytes }) => [...bytes])).toEqual([
      [...new Uint8Array(Float32Array.of(2, 3).buffer)],
    ]);
  });

  it("writes products with transposed factors in the operations of ONNX alone where it has to", () => {
    const written = (portable: boolean) => {
      const graph = createGraphBuilder({ portable });
      const [a, b] = [graph.input("a", "float32", [2, 3, 4]), graph.input("b", "float32", [2, 5, 4])];
      const product = graph.product({ name: a, rank: 3 }, { name: b, rank: 3, transposed: true });
      return graph.finish([output("o", product)]).nodes.map(({ operation, domain, attributes }) => ({
        operation,
        domain,
        attributes,
      }));
    };
    const own = { transB: int(1) };
    expect(written(false)[0]).toEqual({ operation: "FusedMatMul", domain: "com.microsoft", attributes: own });
    expect(written(true).slice(0, 2)).toEqual([
      { operation: "Transpose", domain: "", attributes: { perm: ints([0, 2, 1]) } },
      { operation: "MatMul", domain: "", attributes: {} },
    ]);
  });

  it("runs a part under a condition, and adds outside of it what does not depend on its state", () => {
    const graph = createGraphBuilder();
    const [x, c] = [graph.input("x", "float32", [2]), graph.input("c", "bool", [])];
    const results = graph.when(c, [x], ([given]) => [graph.add("Mul", [given!, graph.add("Exp", [x])])]);
    const { nodes } = graph.finish([output("o", results[0]!)]);
    expect(nodes.map(({ operation }) => operation)).toEqual(["Exp", "If", "Identity"]);
    const branches = nodes[1]!.attributes as unknown as Record<
      string,
      { value: { nodes: { operation: string }[] } }
    >;
    const within = (name: string) => branches[name]!.value.nodes.map(({ operation }) => operation);
    expect(within("then_branch")).toEqual(["Identity", "Mul"]);
    expect(within("else_branch")).toEqual(["Identity"]);
  });

  it("leaves out what no output needs, and keeps the order in which nodes can run", () => {
    const graph = createGraphBuilder();
    const x = graph.input("x", "float32", [2]);
    const unused = graph.add("Exp", [graph.add("Neg", [graph.scalar(3)])]);
    const [left, right] = graph.addMany("Split", [x], 2, { axis: int(0) });
    const sum = graph.add("Add", [left!, graph.scalar(1)]);
    const finished = graph.finish([output("o", graph.add("Mul", [sum, x]))]);
    expect(operations(finished)).toEqual(["Split", "Add", "Mul", "Identity"]);
    expect(finished.constants).toHaveLength(1);
    expect(finished.inputs.map(({ name }) => name)).toEqual(["x"]);
    expect(
      [unused, right].every((name) => finished.nodes.every(({ inputs }) => !inputs.includes(name!))),
    ).toBe(true);
  });

  it("makes the last of several reshapes only, and none to the shape that is there", () => {
    const graph = createGraphBuilder();
    const x = graph.input("x", "float32", [0, 6]);
    const y = graph.add("Exp", [x]);
    const twice = graph.reshape(graph.reshape(y, [6, 0]), [3, 0]);
    expect(twice).toBe(graph.reshape(y, [3, 0]));
    expect(graph.reshape(twice, [3, 0])).toBe(twice);
    expect(graph.reshape(x, [0, 6])).toBe(x);
    expect(graph.reshape(graph.reshape(x, [6, 0]), [0, 6])).toBe(x);
    expect(graph.reshape(graph.scalar(2), [])).toBe(graph.scalar(2));
    expect(operations(graph.finish([output("o", twice)]))).toEqual(["Exp", "Reshape", "Identity"]);
  });

  it("gives every output a name of its own, also where it is an input or another output", () => {
    const graph = createGraphBuilder();
    const x = graph.input("x", "float32", [2]);
    const { nodes, outputs } = graph.finish([output("same", x), output("again", x)]);
    expect(nodes.map(({ inputs, outputs: to }) => [...inputs, ...to])).toEqual([
      ["x", "same"],
      ["x", "again"],
    ]);
    expect(outputs.map(({ name }) => name)).toEqual(["same", "again"]);
  });
});
