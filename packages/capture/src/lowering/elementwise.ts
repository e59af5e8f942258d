import type { Shape } from "@invertible/ops";
import type { GraphBuilder } from "../onnx/graph-builder.ts";
import type { LoweredCall, Lowering } from "./lowering.ts";
import type { Scope } from "./scope.ts";
import type { Use } from "../trace/recording.ts";

/** Adds to a graph a function of each entry of its operands, which broadcast. */
export type Formula = (graph: GraphBuilder, ...operands: readonly string[]) => string;

/** A kernel that treats every entry alike. Arrays whose channels come first stay so. */
export function elementwise(names: readonly string[], formula: Formula): Lowering {
  return (call, scope) =>
    applyElementwise(
      names.map((name) => call.input(name)),
      call,
      scope,
      formula,
    );
}

/** Places the result of a formula of these operands. */
export function applyElementwise(
  uses: readonly Use[],
  { output }: LoweredCall,
  scope: Scope,
  formula: Formula,
): void {
  const channelsFirst = uses.some((use) => sameShape(use.shape, output.shape) && scope.isChannelsFirst(use));
  const rank = output.shape.length;
  const operands = uses.map((use) => scope.operand(use, { channelsFirst, rank }));
  const name = formula(scope.graph, ...operands.map((operand) => operand.name));
  if (channelsFirst) scope.place(output, name, { channelsFirst });
  else scope.place(output, name, { actual: broadcast(operands.map(({ actual }) => actual)) });
}

function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}

function broadcast(shapes: readonly Shape[]): Shape {
  const rank = Math.max(...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, axis) => {
    const sizes = shapes.map((shape) => shape[axis - (rank - shape.length)] ?? 1);
    return sizes.find((size) => size !== 1) ?? 1;
  });
}
