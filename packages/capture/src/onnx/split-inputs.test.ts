import { describe, expect, it } from "vitest";
import { loadOnnxruntimeNode } from "../runtime/onnxruntime-node.ts";
import { encodeModel } from "./encode-model.ts";
import type { Shape } from "@invertible/ops";
import { createGraphBuilder } from "./graph-builder.ts";

type Part = readonly [start: number, end: number];

/** The graph that cuts these parts out of a list. */
function slices(parts: readonly Part[], shape: Shape = [6]) {
  const graph = createGraphBuilder();
  const x = graph.input("x", "float32", shape);
  const cut = ([start, end]: Part) =>
    graph.add("Slice", [x, graph.integers([start]), graph.integers([end]), graph.integers([0])]);
  return graph.finish(
    parts.map((part, i) => ({
      name: `part${i}`,
      of: cut(part),
      dtype: "float32",
      shape: [part[1] - part[0], ...shape.slice(1)],
    })),
  );
}
const operations = (parts: readonly Part[], shape?: Shape) =>
  slices(parts, shape).nodes.map(({ operation }) => operation);

describe("splitInputs", () => {
  const numbers = [NaN, Infinity, -Infinity, -0, 1e-45, 7];
  const cases: Record<string, readonly Part[]> = {
    "that cover all of it": [
      [2, 6],
      [0, 2],
    ],
    "with gaps between them and on both sides": [
      [1, 2],
      [3, 5],
    ],
    "of which some are empty": [
      [0, 0],
      [3, 3],
      [3, 6],
      [6, 6],
    ],
  };
  it.each(Object.entries(cases))("gives the numbers of slices %s", async (_, parts) => {
    expect(operations(parts).filter((operation) => operation !== "Identity")).toEqual(["Split"]);
    const runtime = await loadOnnxruntimeNode("test");
    const session = await runtime.open(encodeModel(slices(parts)), { threads: 1 });
    const results = await session.run({
      x: { dtype: "float32", shape: [6], data: Float32Array.from(numbers) },
    });
    await session.release();
    parts.forEach(([start, end], i) =>
      expect([...results[`part${i}`]!.data]).toEqual([...Float32Array.from(numbers).subarray(start, end)]),
    );
  });

  it.each([
    [
      "slices overlap",
      [
        [0, 3],
        [2, 6],
      ],
      [6],
    ],
    ["there is one slice", [[0, 3]], [6]],
    [
      "the input is no list",
      [
        [0, 3],
        [3, 6],
      ],
      [6, 1],
    ],
  ] as [string, Part[], Shape][])("leaves slices as they are where %s", (_, parts, shape) =>
    expect(operations(parts, shape)).not.toContain("Split"),
  );
});
