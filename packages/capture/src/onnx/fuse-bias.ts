import { readBy, string } from "./graph.ts";
import type { GraphNode } from "./graph.ts";

/** What is known of a graph while operations are fused. */
export interface ProductGraph {
  /** The number of rows of a product of two matrices. Undefined for other arrays, and where it is not known. */
  rowsOf(name: string): number | undefined;
  /** Whether an array is known to have the shape [rows, 1]. */
  isColumn(name: string, rows: number): boolean;
}

/**
 * Makes one operation of a product of matrices, a bias for each of its rows, and a ReLU, where nothing else reads what is between
 * them. Each is a pass over the product less.
 */
export function fuseBias(nodes: readonly GraphNode[], graph: ProductGraph): readonly GraphNode[] {
  const madeBy = new Map(nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  const readers = new Map<string, number>();
  for (const name of nodes.flatMap(readBy)) readers.set(name, (readers.get(name) ?? 0) + 1);
  /** The node that makes an array which is read once. */
  const only = (name: string, operation: string) => {
    const node = madeBy.get(name);
    return readers.get(name) === 1 && node?.operation === operation ? node : undefined;
  };
  /** The inputs of a product with a bias, which `add` adds. */
  const withBias = (add: GraphNode): readonly string[] | undefined => {
    if (add.operation !== "Add") return undefined;
    for (const [product, bias] of [add.inputs, [...add.inputs].reverse()] as [string, string][]) {
      const rows = graph.rowsOf(product);
      const node = only(product, "MatMul");
      if (rows !== undefined && node && graph.isColumn(bias, rows)) return [...node.inputs, bias];
    }
    return undefined;
  };
  const replaced = new Set<string>();
  const fused = [...nodes].reverse().flatMap((node): GraphNode[] => {
    if (node.outputs.some((name) => replaced.has(name))) return [];
    const relu = node.operation === "Relu" ? only(node.inputs[0]!, "Add") : undefined;
    const add = relu ?? node;
    const inputs = withBias(add);
    if (inputs === undefined) return [node];
    if (relu) replaced.add(relu.outputs[0]!);
    add.inputs.filter((name) => name !== inputs[2]).forEach((name) => replaced.add(name));
    const { outputs } = node;
    return relu
      ? [
          {
            operation: "FusedGemm",
            domain: "com.microsoft",
            inputs,
            outputs,
            attributes: { activation: string("Relu") },
          },
        ]
      : [{ operation: "Gemm", domain: "", inputs, outputs, attributes: {} }];
  });
  return fused.reverse();
}
