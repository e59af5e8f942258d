import { sizeOf } from "@invertible/ops";
import { int, ints } from "../onnx/graph.ts";
import { axesOf, axisChannelsFirst } from "./lowering.ts";
import type { LoweredCall, Lowering } from "./lowering.ts";
import type { Scope } from "./scope.ts";

/**
 * A kernel that reduces axes. Where the channels of an image come first and no order of what is left is lost, they stay there.
 */
function reduction(operation: string): Lowering {
  return (call, scope) => {
    const x = call.input("x");
    const rank = x.shape.length;
    const axes = axesOf(call.attributes["axis"] ?? call.attributes["reductionIndices"], rank);
    const output = call.output;
    if (axes.length === 0) return scope.share(output, x);
    const images = rank >= 4 && scope.isChannelsFirst(x);
    if (!images) {
      const whole = wholeImages(call, scope, axes);
      if (whole !== undefined) return scope.place(output, reduce(scope, operation, whole, [1, 2, 3]));
      return scope.place(output, reduce(scope, operation, scope.plain(x), axes), {});
    }
    const kept = x.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
    const first = reduce(
      scope,
      operation,
      scope.channelsFirst(x),
      axes.map((axis) => axisChannelsFirst(axis, rank)).sort((a, b) => a - b),
    );
    // The axes that are left, in the order in which they lie.
    const order = [...kept].sort((a, b) => axisChannelsFirst(a, rank) - axisChannelsFirst(b, rank));
    const perm = kept.map((axis) => order.indexOf(axis));
    const isSorted = perm.every((from, to) => from === to);
    scope.place(output, isSorted ? first : scope.graph.add("Transpose", [first], { perm: ints(perm) }));
  };
}

/** Images as [N, C, H, W] where a sum over [N, H W C] takes all of each. */
function wholeImages({ input }: LoweredCall, scope: Scope, axes: readonly number[]): string | undefined {
  const x = input("x");
  if (x.shape.length !== 2 || axes.length !== 1 || axes[0] !== 1) return undefined;
  return scope.imagesOfWholes(x);
}

/** The reduction without the axes. The output's shape may have them with size 1, which is the same array. */
function reduce(scope: Scope, operation: string, x: string, axes: readonly number[]): string {
  const { graph } = scope;
  const keepdims = int(0);
  // In the operations that this project writes, only the sum takes its axes as an input.
  return operation === "ReduceSum"
    ? graph.add(operation, [x, graph.integers(axes)], { keepdims })
    : graph.add(operation, [x], { axes: ints(axes), keepdims });
}

/** The kernels that reduce axes. */
export const reductionLowerings: Readonly<Record<string, Lowering>> = {
  Sum: reduction("ReduceSum"),
  Mean: reduction("ReduceMean"),
  Max: reduction("ReduceMax"),
  Min: reduction("ReduceMin"),
  Prod: reduction("ReduceProd"),
  All: (call, scope) => allOf(call, scope, "ReduceMin"),
  Any: (call, scope) => allOf(call, scope, "ReduceMax"),
};

/** Whether all or any entries are true, as the least or largest of zeros and ones. */
function allOf(call: LoweredCall, scope: Scope, operation: string): void {
  const x = call.input("x");
  const axes = axesOf(call.attributes["axis"], x.shape.length);
  if (axes.length === 0 || sizeOf(x.shape) === 0) return scope.share(call.output, x);
  const numbers = scope.graph.add("Cast", [scope.plain(x)], { to: int(6) });
  scope.place(
    call.output,
    scope.graph.add("Cast", [reduce(scope, operation, numbers, axes)], { to: int(9) }),
  );
}
