import { int, ints } from "../onnx/graph.ts";
import { add, times } from "./formulas.ts";
import { axesOf, axisChannelsFirst } from "./lowering.ts";
import type { LoweredCall, Lowering } from "./lowering.ts";
import type { Scope } from "./scope.ts";

/** Adds to a graph the reduction of some axes of x, which are then gone. */
type Reduce = (scope: Scope, x: string, axes: readonly number[]) => string;

/**
 * A kernel that reduces axes. Where the channels of an image come first and no order of what is left is lost, they stay there.
 */
function reduction(reduce: Reduce): Lowering {
  return (call, scope) => {
    const x = call.input("x");
    const rank = x.shape.length;
    const axes = axesOf(call.attributes["axis"] ?? call.attributes["reductionIndices"], rank);
    if (axes.length === 0) return scope.share(call.output, x);
    const kept = x.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
    // The output's own shape may have the axes with size 1, which is the same array.
    const output = { array: call.output.array, shape: kept.map((axis) => x.shape[axis]!) };
    const images = rank >= 4 && scope.isChannelsFirst(x);
    if (!images) {
      const whole = wholeImages(call, scope, axes);
      if (whole !== undefined) return scope.place(output, reduce(scope, whole, [1, 2, 3]));
      return scope.place(output, reduce(scope, scope.plain(x), axes));
    }
    const first = reduce(
      scope,
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

/** A reduction of ONNX. In the set of operations that this project writes, only the sum takes its axes as an input. */
const reduceBy =
  (operation: string): Reduce =>
  ({ graph }, x, axes) =>
    operation === "ReduceSum"
      ? graph.add(operation, [x, graph.integers(axes)], { keepdims: int(0) })
      : graph.add(operation, [x], { axes: ints(axes), keepdims: int(0) });

const sum = reduceBy("ReduceSum");

/** The largest or least entry, and NaN where there is one. ONNX Runtime passes over NaN, so 0 times the sum of the signs is added. */
const extremum =
  (operation: string): Reduce =>
  (scope, x, axes) => {
    const { graph } = scope;
    const signs = sum(scope, graph.add("Sign", [x]), axes);
    return add(graph, reduceBy(operation)(scope, x, axes), times(graph, 0, signs));
  };

/** Whether all or any entries are true, as the least or largest of zeros and ones. */
const truth =
  (operation: string): Reduce =>
  (scope, x, axes) => {
    const { graph } = scope;
    const numbers = graph.add("Cast", [x], { to: int(6) });
    return graph.add("Cast", [reduceBy(operation)(scope, numbers, axes)], { to: int(9) });
  };

/** The kernels that reduce axes. */
export const reductionLowerings: Readonly<Record<string, Lowering>> = {
  Sum: reduction(sum),
  Mean: reduction(reduceBy("ReduceMean")),
  Max: reduction(extremum("ReduceMax")),
  Min: reduction(extremum("ReduceMin")),
  Prod: reduction(reduceBy("ReduceProd")),
  All: reduction(truth("ReduceMin")),
  Any: reduction(truth("ReduceMax")),
};
