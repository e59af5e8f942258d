import { describe, expect, it } from "vitest";
import { loadOnnxruntimeNode } from "../runtime/onnxruntime-node.ts";
import { encodeModel } from "./encode-model.ts";
import { createGraphBuilder } from "./graph-builder.ts";
import type { GraphBuilder } from "./graph-builder.ts";

const [rows, inner, columns] = [2, 1, 19];

/** The graph of what `build` makes of the product of w' [2, 1] and x [1, 19], and of a bias [2, 1]. */
function graphOf(
  build: (graph: GraphBuilder, product: string, bias: string) => readonly string[],
  portable = false,
) {
  const graph = createGraphBuilder({ portable });
  const [w, x] = [graph.input("w", "float32", [inner, rows]), graph.input("x", "float32", [inner, columns])];
  const bias = graph.reshape(graph.input("b", "float32", [rows]), [rows, 1]);
  const product = graph.product({ name: w, rank: 2, transposed: true }, { name: x, rank: 2 });
  return graph.finish(
    build(graph, product, bias).map((of, i) => ({
      name: `y${i}`,
      of,
      dtype: "float32",
      shape: [rows, columns],
    })),
  );
}
const operations = (...given: Parameters<typeof graphOf>) =>
  graphOf(...given)
    .nodes.map(({ operation }) => operation)
    .filter((operation) => !["Identity", "Reshape", "Transpose"].includes(operation));

describe("fuseBias", () => {
  const relu = (graph: GraphBuilder, product: string, bias: string) => [
    graph.add("Relu", [graph.add("Add", [product, bias])]),
  ];
  const sum = (graph: GraphBuilder, product: string, bias: string) => [graph.add("Add", [bias, product])];

  it("makes one operation of product, bias and ReLU, and of product and bias", () => {
    expect(operations(relu)).toEqual(["FusedGemm"]);
    expect(operations(sum)).toEqual(["Gemm"]);
  });

  it("leaves what else reads a part of it", () => {
    expect(operations((graph, p, b) => [...relu(graph, p, b), graph.add("Exp", [p])]).sort()).toEqual(
      ["Add", "Exp", "MatMul", "Relu"].sort(),
    );
    expect(operations((graph, p, b) => [...relu(graph, p, b), ...sum(graph, b, p)]).sort()).toEqual([
      "Gemm",
      "Relu",
    ]);
  });

  it("leaves what is no bias of each row, and graphs for every runtime", () => {
    const scaled = (graph: GraphBuilder, p: string, b: string) => [
      graph.add("Add", [p, graph.add("Exp", [b])]),
    ];
    expect(operations(scaled)).toContain("MatMul");
    expect(operations(relu, true)).toEqual(["MatMul", "Add", "Relu"]);
  });

  it.each([
    [0, 1],
    [NaN, Infinity],
    [-Infinity, -0],
  ])("gives the same for NaN and infinities, with the biases %f and %f", async (...biases) => {
    const numbers = [NaN, Infinity, -Infinity, 0, -0, 1e-45, ...Array.from({ length: 13 }, (_, i) => i - 6)];
    const runtime = await loadOnnxruntimeNode("test");
    const run = async (portable: boolean) => {
      const graph = graphOf((g, p, b) => [...relu(g, p, b), ...sum(g, b, p)], portable);
      const session = await runtime.open(encodeModel(graph), { threads: 1 });
      const results = await session.run({
        w: { dtype: "float32", shape: [inner, rows], data: Float32Array.of(1, -2) },
        x: { dtype: "float32", shape: [inner, columns], data: Float32Array.from(numbers) },
        b: { dtype: "float32", shape: [rows], data: Float32Array.from(biases) },
      });
      await session.release();
      // A sum of opposite zeros has either sign.
      return ["y0", "y1"].map((name) => Array.from(results[name]!.data, (each) => each + 0));
    };
    expect(await run(false)).toEqual(await run(true));
  });
});
