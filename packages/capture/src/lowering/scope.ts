import { UnsupportedError } from "@invertible/errors";
import { sizeOf } from "@invertible/ops";
import type { Shape } from "@invertible/ops";
import type { ArrayNode, KernelRecord, Recording, Use } from "../trace/recording.ts";
import { ints } from "../onnx/graph.ts";
import type { GraphBuilder } from "../onnx/graph-builder.ts";

/**
 * How an array lies in the graph.
 *
 * TensorFlow.js has the channels of images last, [N, H, W, C], and ONNX has them first. Convolutions leave their results as they make
 * them, pointwise operations keep what they are given, and only what needs the other order converts.
 */
interface Placed {
  readonly name: string;
  /** The shape that the array has for TensorFlow.js. Where the channels come first in the graph, it is [N, H, W, C]. */
  readonly shape: Shape;
  /** The shape in the graph, in the order of `shape`. It broadcasts to `shape`: the array may repeat itself along some axes. */
  readonly actual: Shape;
  readonly channelsFirst: boolean;
}

/** What lowerings of kernels build with. */
export interface Scope {
  readonly graph: GraphBuilder;
  /** The name of an array, in the shape of its use. */
  plain(use: Use): string;
  /** Whether the array lies with its channels first, as images in the shape of this use. */
  isChannelsFirst(use: Use): boolean;
  /** Whether the array lies with its channels first, and this use has a row for each pixel, [N H W, C]. */
  imagesOfRows(use: Use): Shape | undefined;
  /** The images as [N, C, H, W] where the use has a row for each of them, [N, H W C]. */
  imagesOfWholes(use: Use): string | undefined;
  /** The same array as [..., C, H, W] for a use of the shape [..., H, W, C]. */
  channelsFirst(use: Use): string;
  /** An operand of a pointwise operation, in a shape `actual` that broadcasts to that of its use. */
  operand(use: Use, channelsFirst: boolean): { readonly name: string; readonly actual: Shape };
  /** Says where an output lies. */
  place(use: Use, name: string, options?: { readonly actual?: Shape; readonly imageShape?: Shape }): void;
  /** Runs `build`, which places arrays that nothing outside can see. */
  inside<T>(build: () => T): T;
  /** Says that an output is the same array as something else, perhaps in another shape. */
  share(use: Use, with_: Use): void;
  /** The value of a constant whose entries are all the same. */
  uniform(use: Use): number | undefined;
  /** The values of a constant. */
  constant(use: Use): ArrayLike<number> | undefined;
  /** The kernel that computed an array. */
  origin(use: Use): KernelRecord | undefined;
}

/** Starts a scope in which the records of a recording are lowered in their order. */
export function createScope(where: string, graph: GraphBuilder, recording: Recording): Scope {
  const placed = new Map<ArrayNode, Placed>();
  const origins = new Map<ArrayNode, KernelRecord>();
  for (const record of recording.records) for (const { array } of record.outputs) origins.set(array, record);

  const uniform = ({ array }: Use): number | undefined => {
    const values = recording.constants.get(array);
    if (values === undefined || values.length === 0 || array.dtype !== "float32") return undefined;
    return values.every((value) => value === values[0]) ? values[0] : undefined;
  };

  const find = (use: Use): Placed => {
    const known = placed.get(use.array);
    if (known) return known;
    const values = recording.constants.get(use.array);
    if (values === undefined)
      throw new UnsupportedError(
        `${where}: expected an array of this recording, received one of shape [${use.shape.join(", ")}]`,
      );
    const same = uniform(use);
    const made: Placed =
      same === undefined
        ? { name: constantName(use, values), shape: use.shape, actual: use.shape, channelsFirst: false }
        : { name: graph.scalar(same), shape: use.shape, actual: [], channelsFirst: false };
    placed.set(use.array, made);
    return made;
  };
  const constantName = ({ array, shape }: Use, values: ArrayLike<number>): string => {
    if (array.dtype === "float32") return graph.constant("float32", Float32Array.from(values), shape);
    if (array.dtype === "int32") return graph.constant("int32", Int32Array.from(values), shape);
    return graph.constant("bool", Uint8Array.from(values), shape);
  };

  /** The array in another shape, without repeating it where that can be avoided. */
  const reshaped = ({ name, shape, actual }: Placed, to: Shape): { name: string; actual: Shape } => {
    if (same(shape, to)) return { name, actual };
    if (same(shape, actual)) return { name: graph.reshape(name, to), actual: to };
    if (sizeOf(actual) === 1) return { name: graph.reshape(name, []), actual: [] };
    // It repeats itself along trailing axes only, and the new shape has the leading ones as a whole.
    const differing = actual.findLastIndex((size) => size > 1) + 1;
    const leading = sizeOf(shape.slice(0, differing));
    const prefix = to.findIndex((_, axis) => sizeOf(to.slice(0, axis + 1)) === leading) + 1;
    if (
      prefix > 0 &&
      actual.length === shape.length &&
      same(actual.slice(0, differing), shape.slice(0, differing))
    ) {
      const next = to.map((size, axis) => (axis < prefix ? size : 1));
      return { name: graph.reshape(name, next), actual: next };
    }
    return { name: graph.reshape(expanded(name, actual, shape), to), actual: to };
  };
  const expanded = (name: string, actual: Shape, shape: Shape) =>
    same(actual, shape) ? name : graph.add("Expand", [name, graph.integers(shape)]);

  const asPlain = (from: Placed): Placed => {
    if (!from.channelsFirst) return from;
    const [n, h, w, c] = from.shape as [number, number, number, number];
    const name =
      c === 1 || h * w === 1
        ? graph.reshape(from.name, [n, h, w, c])
        : graph.add("Transpose", [from.name], { perm: ints([0, 2, 3, 1]) });
    return { ...from, name, channelsFirst: false };
  };
  /** The shape [N, H, W, C] behind [..., H, W, C]. */
  const imagesOf = (shape: Shape): Shape => [sizeOf(shape.slice(0, -3)), ...shape.slice(-3)];
  const isChannelsFirst = (use: Use) => {
    if (use.shape.length < 4) return false;
    const from = find(use);
    return from.channelsFirst && same(from.shape, imagesOf(use.shape));
  };
  const physical = (shape: Shape): Shape => [...shape.slice(0, -3), shape.at(-1)!, ...shape.slice(-3, -1)];
  /** [..., h, w, c] as [..., c, h, w]. */
  const toChannelsFirst = (name: string, shape: Shape): string => {
    const [h, w, c] = shape.slice(-3) as [number, number, number];
    if (c === 1 || h * w === 1) return graph.reshape(name, physical(shape));
    const rank = shape.length;
    const lead = Array.from({ length: rank - 3 }, (_, axis) => axis);
    return graph.add("Transpose", [name], { perm: ints([...lead, rank - 1, rank - 3, rank - 2]) });
  };

  const scope: Scope = {
    graph,
    plain(use) {
      const { name, actual } = reshaped(asPlain(find(use)), use.shape);
      return expanded(name, actual, use.shape);
    },
    isChannelsFirst,
    imagesOfRows(use) {
      if (use.shape.length !== 2) return undefined;
      const from = find(use);
      return from.channelsFirst && from.shape.at(-1) === use.shape[1] ? from.shape : undefined;
    },
    imagesOfWholes({ array, shape }) {
      const from = find({ array, shape });
      return from.channelsFirst && shape.length === 2 && from.shape[0] === shape[0] ? from.name : undefined;
    },
    channelsFirst(use) {
      const from = find(use);
      if (isChannelsFirst(use))
        return use.shape.length === 4 ? from.name : graph.reshape(from.name, physical(use.shape));
      return toChannelsFirst(scope.plain(use), use.shape);
    },
    operand(use, channelsFirst) {
      const from = find(use);
      if (!channelsFirst) return reshaped(asPlain(from), use.shape);
      if (isChannelsFirst(use)) return { name: scope.channelsFirst(use), actual: use.shape };
      const { name, actual } = reshaped(asPlain(from), use.shape);
      if (sizeOf(actual) === 1) return { name: graph.reshape(name, []), actual };
      if (actual.length === 1) return { name: graph.reshape(name, [actual[0]!, 1, 1]), actual };
      const threeOrMore = actual.length === 2 ? [1, ...actual] : actual;
      const given = actual.length === 2 ? graph.reshape(name, threeOrMore) : name;
      return { name: toChannelsFirst(given, threeOrMore), actual };
    },
    place({ array, shape }, name, { actual, imageShape } = {}) {
      if (imageShape === undefined)
        placed.set(array, { name, shape, actual: actual ?? shape, channelsFirst: false });
      else {
        const images = imagesOf(imageShape);
        const four = imageShape.length === 4 ? name : graph.reshape(name, physical(images));
        placed.set(array, { name: four, shape: images, actual: images, channelsFirst: true });
      }
    },
    inside(build) {
      const before = new Map(placed);
      try {
        return build();
      } finally {
        placed.clear();
        for (const [array, place] of before) placed.set(array, place);
      }
    },
    share({ array }, with_) {
      placed.set(array, find(with_));
    },
    uniform,
    constant: ({ array }) => recording.constants.get(array),
    origin: ({ array }) => origins.get(array),
  };
  return scope;
}

function same(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}
