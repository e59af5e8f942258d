import type { Attribute, DataType, Graph, GraphNode, GraphPort } from "./graph.ts";
import { float, integer, join, message, raw, text } from "./protobuf.ts";
import type { Part } from "./protobuf.ts";

/** The version of ONNX's file format. */
const irVersion = 8;

/** TensorProto.DataType. */
const dataTypes: Readonly<Record<DataType, number>> = { float32: 1, int32: 6, int64: 7, bool: 9 };

/**
 * Writes a graph as an ONNX file, a ModelProto.
 *
 * @see https://github.com/onnx/onnx/blob/main/onnx/onnx.proto, whose field numbers stand here
 */
export function encodeModel(graph: Graph, metadata: Readonly<Record<string, string>> = {}): Uint8Array {
  const domains = new Set(["", ...domainsOf(graph.nodes)]);
  return join(
    integer(1, irVersion),
    text(2, "@invertible/capture"),
    message(7, ...graphParts(graph)),
    ...[...domains].map((domain) =>
      message(8, text(1, domain), integer(2, domain === "" ? graph.operationSet : 1)),
    ),
    ...Object.entries(metadata).map(([name, value]) => message(14, text(1, name), text(2, value))),
  );
}

function domainsOf(nodes: readonly GraphNode[]): readonly string[] {
  return nodes.flatMap(({ domain, attributes }) => [
    domain,
    ...Object.values(attributes).flatMap((attribute) =>
      attribute.kind === "graph" ? domainsOf(attribute.value.nodes) : [],
    ),
  ]);
}

function graphParts({ nodes, constants, inputs, outputs }: Graph): Part[] {
  return [
    ...nodes.map(nodePart),
    text(2, "graph"),
    ...constants.map(({ name, dtype, shape, bytes }) =>
      message(
        5,
        ...shape.map((size) => integer(1, size)),
        integer(2, dataTypes[dtype]),
        text(8, name),
        raw(9, bytes),
      ),
    ),
    ...inputs.map((port) => message(11, ...portParts(port))),
    ...outputs.map((port) => message(12, ...portParts(port))),
  ];
}

function nodePart({ operation, domain, inputs, outputs, attributes }: GraphNode): Part {
  return message(
    1,
    ...inputs.map((name) => text(1, name)),
    ...outputs.map((name) => text(2, name)),
    text(4, operation),
    ...Object.entries(attributes).map(([name, value]) => message(5, ...attributeParts(name, value))),
    ...(domain === "" ? [] : [text(7, domain)]),
  );
}

function portParts({ name, dtype, shape }: GraphPort): Part[] {
  const sizes = shape.map((size) => message(1, typeof size === "number" ? integer(1, size) : text(2, size)));
  return [text(1, name), message(2, message(1, integer(1, dataTypes[dtype]), message(2, ...sizes)))];
}

function attributeParts(name: string, attribute: Attribute): Part[] {
  return [text(1, name), ...valueParts(attribute)];
}

/** The value, and the number of its kind. */
function valueParts(attribute: Attribute): Part[] {
  switch (attribute.kind) {
    case "float":
      return [float(2, attribute.value), integer(20, 1)];
    case "int":
      return [integer(3, attribute.value), integer(20, 2)];
    case "string":
      return [text(4, attribute.value), integer(20, 3)];
    case "ints":
      return [...attribute.value.map((each) => integer(8, each)), integer(20, 7)];
    case "graph": {
      const { nodes, outputs } = attribute.value;
      const ports = outputs.map((port) => message(12, text(1, port)));
      return [message(6, ...nodes.map(nodePart), text(2, "part"), ...ports), integer(20, 5)];
    }
  }
}
