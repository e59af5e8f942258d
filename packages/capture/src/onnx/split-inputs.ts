import { int } from "./graph.ts";
import type { GraphNode } from "./graph.ts";

/** What is known of a graph while slices are replaced. */
export interface SlicedGraph {
  /** The size of an input that is a list of numbers. Undefined for other arrays. */
  sizeOf(name: string): number | undefined;
  /** The values of a constant list of integers. */
  valuesOf(name: string): readonly number[] | undefined;
  /** Adds a constant list of integers. */
  integers(values: readonly number[]): string;
  newName(): string;
}

interface Piece {
  readonly node: GraphNode;
  readonly start: number;
  readonly end: number;
}

/**
 * Cuts each input of which there are several slices with one Split. A step has the parameters in one list, and cutting out each of a
 * hundred on its own takes longer than everything else that is done with a small one.
 */
export function splitInputs(nodes: readonly GraphNode[], graph: SlicedGraph): readonly GraphNode[] {
  const pieces = new Map<string, Piece[]>();
  for (const node of nodes) {
    const [input, starts, ends, axes, ...steps] = node.inputs;
    if (node.operation !== "Slice" || graph.sizeOf(input!) === undefined || steps.length > 0) continue;
    const [start, end, axis] = [starts, ends, axes].map((name) => graph.valuesOf(name!));
    if (start?.length !== 1 || end?.length !== 1 || axis?.join() !== "0") continue;
    if (start[0]! < 0 || end[0]! < start[0]!) continue;
    pieces.set(input!, [...(pieces.get(input!) ?? []), { node, start: start[0]!, end: end[0]! }]);
  }
  const splits: GraphNode[] = [];
  const replaced = new Set<GraphNode>();
  for (const [input, found] of pieces) {
    const ordered = [...found].sort((a, b) => a.start - b.start || a.end - b.end);
    if (ordered.length < 2 || ordered.some(({ start }, i) => i > 0 && start < ordered[i - 1]!.end)) continue;
    const size = graph.sizeOf(input)!;
    if (ordered.at(-1)!.end > size) continue;
    const outputs: string[] = [];
    const sizes: number[] = [];
    const put = (length: number, name: string) => {
      sizes.push(length);
      outputs.push(name);
    };
    let at = 0;
    for (const { node, start, end } of ordered) {
      // What nobody reads is an output too.
      if (start > at) put(start - at, graph.newName());
      put(end - start, node.outputs[0]!);
      replaced.add(node);
      at = end;
    }
    if (at < size) put(size - at, graph.newName());
    splits.push({
      operation: "Split",
      domain: "",
      inputs: [input, graph.integers(sizes)],
      outputs,
      attributes: { axis: int(0) },
    });
  }
  return [...splits, ...nodes.filter((node) => !replaced.has(node))];
}
