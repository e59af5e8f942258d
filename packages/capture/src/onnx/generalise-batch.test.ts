import { UnsupportedError } from "@invertible/errors";
import { describe, expect, it } from "vitest";
import { createGraphBuilder } from "./graph-builder.ts";
import type { GraphBuilder } from "./graph-builder.ts";
import { generaliseBatch } from "./generalise-batch.ts";

const batches = [5, 7, 11];

/** The general graph of y = f(x) for x [B, 6] and y [..]. */
function general(
  build: (graph: GraphBuilder, batch: number) => { of: string; shape: readonly number[] },
  sizes: readonly number[] = batches,
) {
  return generaliseBatch(
    "test",
    "x",
    sizes.map((batch) => {
      const graph = createGraphBuilder();
      graph.input("x", "float32", [batch, 6]);
      const { of, shape } = build(graph, batch);
      return { batch, graph: graph.finish([{ name: "y", of, dtype: "float32", shape }]) };
    }),
  );
}

describe("generaliseBatch", () => {
  it("names the sizes that follow from the batch, and lets a reshape find one by itself", () => {
    const { inputs, outputs, nodes, constants } = general((graph, batch) => ({
      of: graph.reshape("x", [2 * batch, 3]),
      shape: [2 * batch, 3],
    }));
    expect(inputs).toEqual([{ name: "x", dtype: "float32", shape: ["batch", 6] }]);
    expect(outputs).toEqual([{ name: "y", dtype: "float32", shape: ["2*batch", 3] }]);
    expect(nodes.map(({ operation }) => operation)).toEqual(["Reshape", "Identity"]);
    expect(constants.map(({ bytes }) => [...new BigInt64Array(bytes.buffer)])).toEqual([[-1n, 3n]]);
  });

  it("computes other sizes, and repeats constants that have their rows once for every example", () => {
    const { nodes } = general((graph, batch) => {
      const rows = Float32Array.from({ length: 2 * batch * 6 }, (_, i) => Number(i >= batch * 6));
      const one = graph.add("Expand", [graph.scalar(1), graph.integers([2 * batch + 1, 6])]);
      return {
        of: graph.add("Concat", [graph.constant("float32", rows, [2 * batch, 6]), one]),
        shape: [4 * batch + 1, 6],
      };
    });
    const operations = nodes.map(({ operation }) => operation);
    for (const operation of ["Shape", "Gather", "Mul", "Add", "Expand"])
      expect(operations).toContain(operation);
  });

  it.each<[string, RegExp, (graph: GraphBuilder, batch: number) => string]>([
    [
      "a mean over the batch",
      /constants differ/,
      (graph, batch) => graph.add("Mul", ["x", graph.scalar(1 / batch)]),
    ],
    [
      "other operations",
      /operations differ: Exp/,
      (graph, batch) => graph.add(batch > 5 ? "Log" : "Exp", ["x"]),
    ],
    ["more operations", /operations differ/, (graph, batch) => (batch > 5 ? graph.add("Exp", ["x"]) : "x")],
    [
      "a size that is no line",
      /a size is 25, 49, 121 for 5, 7, 11 examples/,
      (graph, batch) => graph.add("Expand", ["x", graph.integers([batch * batch, 6])]),
    ],
    [
      "other operands",
      /other operands/,
      (graph, batch) => {
        const [a, b] = [graph.add("Exp", ["x"]), graph.add("Log", ["x"])];
        return graph.add("Sub", batch > 5 ? [b, a] : [a, b]);
      },
    ],
  ])("refuses %s", (_, reason, build) => {
    const make = () => general((graph, batch) => ({ of: build(graph, batch), shape: [batch, 6] }));
    expect(make).toThrow(UnsupportedError);
    expect(make).toThrow(reason);
    expect(make).toThrow(/; give a batchSize$/);
  });
});
