import { describe, expect, it } from "vitest";
import { asBytes, asNumber, asText, messageOf, readMessage } from "../../test-support/read-protobuf.ts";
import { loadOnnxruntimeNode } from "../runtime/onnxruntime-node.ts";
import { encodeModel } from "./encode-model.ts";
import { float, int, ints, string } from "./graph.ts";
import type { Graph } from "./graph.ts";
import { integer, join, message, text } from "./protobuf.ts";

// The messages of onnx.proto of which a model consists, with the numbers of their fields.
const attribute = messageOf({
  name: [1, asText],
  f: [2, asNumber],
  i: [3, asNumber],
  s: [4, asText],
  ints: [8, asNumber],
  type: [20, asNumber],
});
const node = messageOf({
  input: [1, asText],
  output: [2, asText],
  opType: [4, asText],
  attribute: [5, attribute],
  domain: [7, asText],
});
const tensor = messageOf({
  dims: [1, asNumber],
  dataType: [2, asNumber],
  name: [8, asText],
  rawData: [9, asBytes],
});
const dimension = messageOf({ value: [1, asNumber] });
const tensorType = messageOf({
  elementType: [1, asNumber],
  shape: [2, messageOf({ dimension: [1, dimension] })],
});
const port = messageOf({ name: [1, asText], type: [2, messageOf({ tensor: [1, tensorType] })] });
const model = messageOf({
  irVersion: [1, asNumber],
  producer: [2, asText],
  graph: [
    7,
    messageOf({
      node: [1, node],
      name: [2, asText],
      initializer: [5, tensor],
      input: [11, port],
      output: [12, port],
    }),
  ],
  operationSets: [8, messageOf({ domain: [1, asText], version: [2, asNumber] })],
  metadata: [14, messageOf({ name: [1, asText], value: [2, asText] })],
});

const bytesOf = (values: Float32Array | BigInt64Array) => new Uint8Array(values.buffer);
/** y = [x, x] x' w with a constant w, in which the product is an operation of ONNX Runtime. */
const graph: Graph = {
  operationSet: 17,
  inputs: [{ name: "x", dtype: "float32", shape: [2, 200] }],
  constants: [
    { name: "w", dtype: "float32", shape: [2, 1], bytes: bytesOf(Float32Array.of(0.5, -2)) },
    { name: "shape", dtype: "int64", shape: [1], bytes: bytesOf(BigInt64Array.of(-1n)) },
  ],
  nodes: [
    {
      operation: "Concat",
      domain: "",
      inputs: ["x", "x"],
      outputs: ["twice"],
      attributes: { axis: int(-2) },
    },
    {
      operation: "FusedMatMul",
      domain: "com.microsoft",
      inputs: ["twice", "x"],
      outputs: ["products"],
      attributes: { transB: int(1), alpha: float(0.25) },
    },
    { operation: "MatMul", domain: "", inputs: ["products", "w"], outputs: ["y"], attributes: {} },
    {
      operation: "ReduceMax",
      domain: "",
      inputs: ["y"],
      outputs: ["largest"],
      attributes: { axes: ints([0, 1]), keepdims: int(0) },
    },
  ],
  outputs: [
    { name: "y", dtype: "float32", shape: [4, 1] },
    { name: "largest", dtype: "float32", shape: [] },
  ],
};
const metadata = { "invertible.note": "größer als 1 µs", empty: "" };

describe("encodeModel", () => {
  it("writes what a reader of onnx.proto finds", () => {
    expect(model(encodeModel(graph, metadata))).toEqual({
      irVersion: [8],
      producer: ["@invertible/capture"],
      graph: [
        {
          node: [
            {
              input: ["x", "x"],
              output: ["twice"],
              opType: ["Concat"],
              attribute: [{ name: ["axis"], i: [-2], type: [2] }],
            },
            {
              input: ["twice", "x"],
              output: ["products"],
              opType: ["FusedMatMul"],
              attribute: [
                { name: ["transB"], i: [1], type: [2] },
                { name: ["alpha"], f: [0.25], type: [1] },
              ],
              domain: ["com.microsoft"],
            },
            { input: ["products", "w"], output: ["y"], opType: ["MatMul"] },
            {
              input: ["y"],
              output: ["largest"],
              opType: ["ReduceMax"],
              attribute: [
                { name: ["axes"], ints: [0, 1], type: [7] },
                { name: ["keepdims"], i: [0], type: [2] },
              ],
            },
          ],
          name: ["graph"],
          initializer: [
            { dims: [2, 1], dataType: [1], name: ["w"], rawData: [[0, 0, 0, 63, 0, 0, 0, 192]] },
            { dims: [1], dataType: [7], name: ["shape"], rawData: [new Array(8).fill(255)] },
          ],
          input: [
            {
              name: ["x"],
              type: [
                {
                  tensor: [{ elementType: [1], shape: [{ dimension: [{ value: [2] }, { value: [200] }] }] }],
                },
              ],
            },
          ],
          output: [
            {
              name: ["y"],
              type: [
                { tensor: [{ elementType: [1], shape: [{ dimension: [{ value: [4] }, { value: [1] }] }] }] },
              ],
            },
            { name: ["largest"], type: [{ tensor: [{ elementType: [1], shape: [{}] }] }] },
          ],
        },
      ],
      operationSets: [
        { domain: [""], version: [17] },
        { domain: ["com.microsoft"], version: [1] },
      ],
      metadata: [
        { name: ["invertible.note"], value: ["größer als 1 µs"] },
        { name: ["empty"], value: [""] },
      ],
    });
  });

  it("writes attributes of every kind, and types of every number", () => {
    const { graph: graphs } = model(
      encodeModel({
        operationSet: 17,
        inputs: (["float32", "int32", "int64", "bool"] as const).map((dtype) => ({
          name: dtype,
          dtype,
          shape: [0],
        })),
        constants: [],
        nodes: [
          {
            operation: "Any",
            domain: "",
            inputs: [],
            outputs: [],
            attributes: {
              s: string("né"),
              none: ints([]),
              far: ints([2 ** 40, -(2 ** 40)]),
              huge: float(Infinity),
            },
          },
        ],
        outputs: [],
      }),
    ) as { graph: Record<string, Record<string, unknown[]>[]>[] };
    expect(graphs[0]!["node"]![0]!["attribute"]).toEqual([
      { name: ["s"], s: ["né"], type: [3] },
      { name: ["none"], type: [7] },
      { name: ["far"], ints: [2 ** 40, -(2 ** 40)], type: [7] },
      { name: ["huge"], f: [Infinity], type: [1] },
    ]);
    const types = graphs[0]!["input"]!.map(
      ({ type }) => (type as { tensor: { elementType: number[] }[] }[])[0]!,
    );
    expect(types.map(({ tensor: [given] }) => given!.elementType[0])).toEqual([1, 6, 7, 9]);
  });

  it("writes parts that run under a condition, and the sets of operations that only they need", () => {
    const own = { operation: "Gelu", domain: "com.microsoft", inputs: ["x"], outputs: ["y"], attributes: {} };
    const branch = { kind: "graph", value: { nodes: [own], outputs: ["y"] } } as const;
    const inner = messageOf({ node: [1, node], name: [2, asText], output: [12, port] });
    const withPart = messageOf({ name: [1, asText], graph: [6, inner], type: [20, asNumber] });
    const encoded = encodeModel({
      operationSet: 17,
      inputs: [],
      constants: [],
      nodes: [
        { operation: "If", domain: "", inputs: ["c"], outputs: ["z"], attributes: { then_branch: branch } },
      ],
      outputs: [],
    });
    const fields = readMessage(encoded);
    const [written] = readMessage(fields.get(7)![0] as Uint8Array).get(1)!;
    expect(
      readMessage(written as Uint8Array)
        .get(5)!
        .map(withPart),
    ).toEqual([
      {
        name: ["then_branch"],
        graph: [
          {
            node: [{ input: ["x"], output: ["y"], opType: ["Gelu"], domain: ["com.microsoft"] }],
            name: ["part"],
            output: [{ name: ["y"] }],
          },
        ],
        type: [5],
      },
    ]);
    expect(fields.get(8)).toHaveLength(2);
  });

  it("writes what onnxruntime-node runs, by the same names", async () => {
    const runtime = await loadOnnxruntimeNode("test");
    const session = await runtime.open(encodeModel(graph, metadata), { threads: 1 });
    const data = Float32Array.from({ length: 400 }, (_, i) => (i % 7) - 3);
    const results = await session.run({ x: { dtype: "float32", shape: [2, 200], data } });
    await session.release();
    const row = (i: number) => [...data.slice(200 * i, 200 * i + 200)];
    const dot = (a: number[], b: number[]) => a.reduce((sum, each, i) => sum + each * b[i]!, 0);
    const expected = [0, 1, 0, 1].map((i) => 0.25 * (0.5 * dot(row(i), row(0)) - 2 * dot(row(i), row(1))));
    expect(results["y"]).toEqual({ dtype: "float32", shape: [4, 1], data: Float32Array.from(expected) });
    expect(results["largest"]).toEqual({
      dtype: "float32",
      shape: [],
      data: Float32Array.of(Math.max(...expected)),
    });
  });
});

describe("protobuf", () => {
  it.each([0, 1, 127, 128, 300, 2 ** 31, 2 ** 32 + 5, 2 ** 53 - 1, -1, -300])(
    "writes the integer %i",
    (value) => {
      expect(readMessage(join(integer(3, value)))).toEqual(new Map([[3, [BigInt(value)]]]));
    },
  );
  it("writes lengths of more than one byte, and numbers of fields above 15", () => {
    const long = "x".repeat(70_000);
    const outer = readMessage(join(message(200, text(1, long), message(2)), integer(1, 7)));
    expect(outer.get(1)).toEqual([7n]);
    const inner = readMessage(outer.get(200)![0] as Uint8Array);
    expect(asText(inner.get(1)![0]!)).toBe(long);
    expect(inner.get(2)).toEqual([new Uint8Array()]);
  });
});
