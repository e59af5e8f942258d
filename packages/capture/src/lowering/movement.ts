import { UnsupportedError } from "@invertible/errors";
import type { Shape } from "@invertible/ops";
import { int, ints } from "../onnx/graph.ts";
import { axesOf, axisChannelsFirst, axisOf } from "./lowering.ts";
import type { LoweredCall, Lowering } from "./lowering.ts";
import type { Scope } from "./scope.ts";
import type { Use } from "../trace/recording.ts";

/** Moves numbers along the axes of an array in the order in which its axes lie. `axis` maps an axis to where it lies. */
type Move = (name: string, axis: (axis: number) => number, rank: number) => string;

/** A kernel of one array whose rank it keeps. Channels that come first stay so. */
function moved(call: LoweredCall, scope: Scope, x: Use, move: Move): void {
  const rank = x.shape.length;
  const { output } = call;
  const channelsFirst = scope.isChannelsFirst(x);
  const name = channelsFirst
    ? move(scope.channelsFirst(x), (axis) => axisChannelsFirst(axis, rank), rank)
    : move(scope.plain(x), (axis) => axis, rank);
  scope.place(output, name, { channelsFirst });
}

const slice: Lowering = (call, scope) => {
  const x = call.input("x");
  const begin = [call.attributes["begin"]].flat() as number[];
  const sizes = call.output.shape;
  const axes = begin.map((_, axis) => axis).filter((axis) => sizes[axis] !== x.shape[axis]);
  if (axes.length === 0) return scope.share(call.output, x);
  moved(call, scope, x, (name, place) => {
    const { graph } = scope;
    return graph.add("Slice", [
      name,
      graph.integers(axes.map((axis) => begin[axis]!)),
      graph.integers(axes.map((axis) => begin[axis]! + sizes[axis]!)),
      graph.integers(axes.map(place)),
    ]);
  });
};

const stridedSlice: Lowering = (call, scope) => {
  const { begin, end, strides, beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask } =
    call.attributes;
  if ([beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask].some((mask) => Boolean(mask)))
    throw new UnsupportedError("capture: expected a StridedSlice without masks, received one with them");
  moved(call, scope, call.input("x"), (name, place) => {
    const { graph } = scope;
    const axes = (begin as number[]).map((_, axis) => place(axis));
    return graph.add("Slice", [
      name,
      graph.integers(begin as number[]),
      graph.integers(end as number[]),
      graph.integers(axes),
      graph.integers(strides as number[]),
    ]);
  });
};

const reverse: Lowering = (call, scope) => {
  const x = call.input("x");
  const axes = axesOf(call.attributes["dims"], x.shape.length).filter((axis) => x.shape[axis]! > 1);
  if (axes.length === 0) return scope.share(call.output, x);
  moved(call, scope, x, (name, place) =>
    axes.reduce(
      (from, axis) =>
        scope.graph.add(
          "Gather",
          [
            from,
            scope.graph.integers(Array.from({ length: x.shape[axis]! }, (_, i) => x.shape[axis]! - 1 - i)),
          ],
          { axis: int(place(axis)) },
        ),
      name,
    ),
  );
};

const pad: Lowering = (call, scope) => {
  const x = call.input("x");
  const paddings = call.attributes["paddings"] as [number, number][];
  if (paddings.every(([before, after]) => before === 0 && after === 0)) return scope.share(call.output, x);
  moved(call, scope, x, (name, place, rank) => {
    const [before, after] = [new Array<number>(rank).fill(0), new Array<number>(rank).fill(0)];
    paddings.forEach(([first, last], axis) => {
      before[place(axis)] = first;
      after[place(axis)] = last;
    });
    const { graph } = scope;
    const value = (call.attributes["constantValue"] as number | undefined) ?? 0;
    return graph.add("Pad", [name, graph.integers([...before, ...after]), graph.scalar(value)]);
  });
};

/** The rows `indices` along an axis. */
function gathered(call: LoweredCall, scope: Scope, axis: number, indices: ArrayLike<number>): void {
  moved(call, scope, call.input("x"), (name, place) =>
    scope.graph.add("Gather", [name, scope.graph.integers(Array.from(indices))], { axis: int(place(axis)) }),
  );
}

const gather: Lowering = (call, scope) => {
  const { axis, batchDims } = call.attributes as { axis: number; batchDims: number };
  const indices = call.input("indices");
  if (batchDims)
    throw new UnsupportedError("capture: expected a GatherV2 without batch axes, received one with them");
  const values = scope.constant(indices);
  const x = call.input("x");
  if (values && indices.shape.length === 1)
    return gathered(call, scope, axisOf(axis, x.shape.length), values);
  scope.place(
    call.output,
    scope.graph.add("Gather", [scope.plain(x), scope.plain(indices)], {
      axis: int(axisOf(axis, x.shape.length)),
    }),
  );
};

const transpose: Lowering = (call, scope) => {
  const x = call.input("x");
  const perm = call.attributes["perm"] as number[];
  const moving = perm.filter((axis) => x.shape[axis] !== 1);
  // Axes of size 1 can go anywhere without a number changing its place.
  if (moving.every((axis, i) => i === 0 || axis > moving[i - 1]!)) return scope.share(call.output, x);
  const rank = perm.length;
  const channelsFirst = scope.isChannelsFirst(x);
  const lies = perm.map((axis) => (channelsFirst ? axisChannelsFirst(axis, rank) : axis));
  const name = channelsFirst ? scope.channelsFirst(x) : scope.plain(x);
  if (lies.every((axis, i) => axis === i)) return scope.place(call.output, name);
  // The numbers may already lie as those of the result with its channels first.
  if (rank > 1 && lies.every((axis, i) => axis === (i + 1) % rank))
    return scope.place(call.output, name, { channelsFirst: true });
  scope.place(call.output, scope.graph.add("Transpose", [name], { perm: ints(lies) }));
};

/** Puts arrays behind one another along an axis. They get their channels first if one of them has. */
function joined(call: LoweredCall, scope: Scope, parts: readonly Use[], axis: number, shape: Shape): void {
  const { graph } = scope;
  const present = parts.filter((part) => !part.shape.includes(0));
  const filled = present.length > 0 ? present : parts;
  if (filled.length === 1 && filled[0]!.shape.join() === shape.join())
    return scope.share(call.output, filled[0]!);
  const rank = shape.length;
  const channelsFirst = filled.some((part) => scope.isChannelsFirst(part));
  const names = filled.map((part) => (channelsFirst ? scope.channelsFirst(part) : scope.plain(part)));
  const name = graph.add("Concat", names, {
    axis: int(channelsFirst ? axisChannelsFirst(axis, rank) : axis),
  });
  scope.place(call.output, name, { channelsFirst });
}

const concat: Lowering = (call, scope) =>
  joined(
    call,
    scope,
    call.list,
    axisOf(call.attributes["axis"], call.output.shape.length),
    call.output.shape,
  );

const pack: Lowering = (call, scope) => {
  const axis = axisOf(call.attributes["axis"], call.output.shape.length);
  const shape = call.output.shape.map((size, i) => (i === axis ? 1 : size));
  joined(
    call,
    scope,
    call.list.map(({ array }) => ({ array, shape })),
    axis,
    call.output.shape,
  );
};

/** Cuts an array along an axis, into the sizes that the outputs have there. */
function split(scope: Scope, x: Use, axis: number, outputs: readonly Use[]): void {
  const { graph } = scope;
  const rank = x.shape.length;
  const channelsFirst = scope.isChannelsFirst(x);
  const sizes = graph.integers(outputs.map(({ shape }) => shape[axis]!));
  const names = graph.addMany(
    "Split",
    [channelsFirst ? scope.channelsFirst(x) : scope.plain(x), sizes],
    outputs.length,
    { axis: int(channelsFirst ? axisChannelsFirst(axis, rank) : axis) },
  );
  outputs.forEach((output, i) => scope.place(output, names[i]!, { channelsFirst }));
}

const splitV: Lowering = (call, scope) => {
  const x = call.input("x");
  split(scope, x, axisOf(call.attributes["axis"], x.shape.length), call.outputs);
};

const unpack: Lowering = (call, scope) => {
  const x = call.input("value");
  const axis = axisOf(call.attributes["axis"], x.shape.length);
  const shape = x.shape.map((size, i) => (i === axis ? 1 : size));
  split(
    scope,
    x,
    axis,
    call.outputs.map(({ array }) => ({ array, shape })),
  );
};

const dataTypes: Readonly<Record<string, number>> = { float32: 1, int32: 6, bool: 9 };

const cast: Lowering = (call, scope) => {
  const x = call.input("x");
  const to = call.output.array.dtype;
  if (to === x.array.dtype) return scope.share(call.output, x);
  moved(call, scope, x, (name) => scope.graph.add("Cast", [name], { to: int(dataTypes[to]!) }));
};

/** An array of one number. */
function filled(call: LoweredCall, scope: Scope, value: number): void {
  const { dtype } = call.output.array;
  const { graph } = scope;
  const name =
    dtype === "float32"
      ? graph.scalar(value)
      : dtype === "int32"
        ? graph.constant("int32", Int32Array.of(value), [])
        : graph.constant("bool", Uint8Array.of(value), []);
  scope.place(call.output, name, { actual: [] });
}

/** The kernels that move numbers, or make them from nothing. */
export const movementLowerings: Readonly<Record<string, Lowering>> = {
  Cast: cast,
  Concat: concat,
  Cumsum: (call, scope) => {
    const x = call.input("x");
    const { axis, exclusive, reverse: backwards } = call.attributes as Record<string, number | boolean>;
    const name = scope.graph.add(
      "CumSum",
      [scope.plain(x), scope.graph.constant("int32", Int32Array.of(axisOf(axis, x.shape.length)), [])],
      { exclusive: int(Number(exclusive)), reverse: int(Number(backwards)) },
    );
    scope.place(call.output, name);
  },
  Fill: (call, scope) => filled(call, scope, call.attributes["value"] as number),
  GatherV2: gather,
  InvertiblePermute: (call, scope) =>
    gathered(call, scope, call.output.shape.length - 1, call.attributes["indices"] as number[]),
  OnesLike: (call, scope) => filled(call, scope, 1),
  Pack: pack,
  PadV2: pad,
  Reverse: reverse,
  Slice: slice,
  SplitV: splitV,
  StridedSlice: stridedSlice,
  Tile: (call, scope) =>
    scope.place(
      call.output,
      scope.graph.add("Tile", [
        scope.plain(call.input("x")),
        scope.graph.integers(call.attributes["reps"] as number[]),
      ]),
    ),
  Transpose: transpose,
  Unpack: unpack,
  ZerosLike: (call, scope) => filled(call, scope, 0),
};
