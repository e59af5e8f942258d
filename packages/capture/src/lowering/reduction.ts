import { int, ints } from "../onnx/graph.ts";
import { add, times } from "./formulas.ts";
import { axesOf, axisChannelsFirst } from "./lowering.ts";
import type { Lowering } from "./lowering.ts";
import type { Scope } from "./scope.ts";

/** Adds to a graph the reduction of some axes of x, which are then gone. */
type Reduce = (scope: Scope, x: string, axes: readonly number[]) => string;

/**
 * A kernel that reduces axes. Channels that come first and are left stay there.
 *
 * @param several whether it can reduce more axes than the kernel does, where an array is there in a form with axes of size 1
 */
function reduction(reduce: Reduce, several = true): Lowering {
  return (call, scope) => {
    const x = call.input("x");
    const rank = x.shape.length;
    const axes = axesOf(call.attributes["axis"] ?? call.attributes["reductionIndices"], rank);
    if (axes.length === 0) return scope.share(call.output, x);
    const kept = x.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
    // The output's own shape may have the axes with size 1, which is the same array.
    const output = { array: call.output.array, shape: kept.map((axis) => x.shape[axis]!) };
    if (!scope.isChannelsFirst(x)) {
      const rows = several && rank === 2 && axes.join() === "1" ? scope.channelsOfRows(x) : undefined;
      const [name, along] = rows === undefined ? [scope.plain(x), axes] : [rows, [0, 2]];
      return scope.place(output, reduce(scope, name, along));
    }
    const along = axes.map((axis) => axisChannelsFirst(axis, rank)).sort((a, b) => a - b);
    const channelsFirst = kept.length > 1 && kept.includes(rank - 1);
    scope.place(output, reduce(scope, scope.channelsFirst(x), along), { channelsFirst });
  };
}

/** A reduction of ONNX. The sum takes its axes as an input; other reductions do so since version 18. */
const reduceBy =
  (operation: string): Reduce =>
  ({ graph }, x, axes) =>
    operation === "ReduceSum" || !graph.portable
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

/** Whether all or any entries are true, as the least or largest of zeros and ones. Of no entries all are true, and none is. */
const truth =
  (operation: string): Reduce =>
  (scope, x, axes) => {
    const { graph } = scope;
    const numbers = graph.add("Cast", [x], { to: int(6) });
    const zero = graph.constant("int32", Int32Array.of(0), []);
    return graph.add("Greater", [reduceBy(operation)(scope, numbers, axes), zero]);
  };

/** The index of the largest entry along one axis, of equal ones the first. ONNX gives integers of 64 bits, TensorFlow.js knows 32. */
const indexOfLargest: Reduce = ({ graph }, x, [axis]) =>
  graph.add("Cast", [graph.add("ArgMax", [x], { axis: int(axis!), keepdims: int(0) })], { to: int(6) });

/** The kernels that reduce axes. */
export const reductionLowerings: Readonly<Record<string, Lowering>> = {
  Sum: reduction(sum),
  Mean: reduction(reduceBy("ReduceMean")),
  Max: reduction(extremum("ReduceMax")),
  Min: reduction(extremum("ReduceMin")),
  ArgMax: reduction(indexOfLargest, false),
  Prod: reduction(reduceBy("ReduceProd")),
  All: reduction(truth("ReduceMin")),
  Any: reduction(truth("ReduceMax")),
};
