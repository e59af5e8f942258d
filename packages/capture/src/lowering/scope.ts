import { UnsupportedError } from "@invertible/errors";
import { sizeOf } from "@invertible/ops";
import type { Shape } from "@invertible/ops";
import type { ArrayNode, Recording, Use } from "../trace/recording.ts";
import { ints } from "../onnx/graph.ts";
import type { GraphBuilder } from "../onnx/graph-builder.ts";

/**
 * How an array lies in the graph.
 *
 * TensorFlow.js has channels last, [..., C], such as images [N, H, W, C] or rows [N, C]. In a graph, products of matrices are fastest
 * with channels first, [C, ...]: all pixels of a batch are then one long axis, on which a convolution, its adjoint and the gradient of
 * its kernel are one product each. Products leave their results as they make them, pointwise operations keep what they are given, and
 * only what needs the other order converts.
 */
interface Placed {
  readonly name: string;
  /** The shape that the array has for TensorFlow.js, [..., C]. Where channels come first, the graph has it as [C, ...]. */
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
  /** Whether the array lies with its channels first, and its use has these channels as the last axis. */
  isChannelsFirst(use: Use): boolean;
  /** The array as [C, ...] for a use of the shape [..., C]. */
  channelsFirst(use: Use): string;
  /**
   * The array as [C, N, R] for a use of the shape [N, M], if it lies with its channels first and each of the N rows consists of R whole
   * lists of channels.
   */
  channelsOfRows(use: Use): string | undefined;
  /**
   * An operand of a pointwise operation, in a shape `actual` that broadcasts to that of its use. With channels first, it has
   * `rank` axes, or none.
   */
  operand(
    use: Use,
    order: { readonly channelsFirst: boolean; readonly rank: number },
  ): { readonly name: string; readonly actual: Shape };
  /** Says where an output lies. With channels first, `name` has the shape [C, ...] for the shape [..., C] of the use. */
  place(
    use: Use,
    name: string,
    options?: { readonly actual?: Shape; readonly channelsFirst?: boolean },
  ): void;
  /** Runs `build`, which places arrays that nothing outside can see. */
  inside<T>(build: () => T): T;
  /** Says that an output is the same array as something else, perhaps in another shape. */
  share(use: Use, with_: Use): void;
  /** The value of a constant whose entries are all the same. */
  uniform(use: Use): number | undefined;
  /** The values of a constant. */
  constant(use: Use): ArrayLike<number> | undefined;
}

/** Starts a scope in which the records of a recording are lowered in their order. */
export function createScope(where: string, graph: GraphBuilder, recording: Recording): Scope {
  const placed = new Map<ArrayNode, Placed>();

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

  const asScalar = (name: string, actual: Shape) => (actual.length === 0 ? name : graph.reshape(name, []));

  /** The array in another shape, without repeating it where that can be avoided. */
  const reshaped = ({ name, shape, actual }: Placed, to: Shape): { name: string; actual: Shape } => {
    if (same(shape, to)) return { name, actual };
    if (same(shape, actual)) return { name: graph.reshape(name, to), actual: to };
    if (sizeOf(actual) === 1) return { name: asScalar(name, actual), actual: [] };
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
    const { name, shape } = from;
    const plain = isOneLine(shape)
      ? graph.reshape(name, shape)
      : graph.add("Transpose", [name], {
          perm: ints([...shape.keys()].map((axis) => (axis + 1) % shape.length)),
        });
    return { ...from, name: plain, channelsFirst: false };
  };
  const isChannelsFirst = ({ array, shape }: Use) => {
    if (shape.length < 2) return false;
    const from = find({ array, shape });
    return from.channelsFirst && from.shape.at(-1) === shape.at(-1);
  };
  /** [..., C] as [C, ...]. */
  const toChannelsFirst = (name: string, shape: Shape): string => {
    if (isOneLine(shape)) return graph.reshape(name, rotated(shape));
    const last = shape.length - 1;
    return graph.add("Transpose", [name], { perm: ints([last, ...[...shape.keys()].slice(0, -1)]) });
  };

  const scope: Scope = {
    graph,
    plain(use) {
      const { name, actual } = reshaped(asPlain(find(use)), use.shape);
      return expanded(name, actual, use.shape);
    },
    isChannelsFirst,
    channelsFirst(use) {
      if (!isChannelsFirst(use)) return toChannelsFirst(scope.plain(use), use.shape);
      const { name, shape } = find(use);
      return same(shape, use.shape) ? name : graph.reshape(name, rotated(use.shape));
    },
    channelsOfRows(use) {
      const from = find(use);
      const [rows, size] = use.shape as [number, number];
      const channels = from.shape.at(-1);
      if (use.shape.length !== 2 || !from.channelsFirst || !channels || size % channels !== 0)
        return undefined;
      return graph.reshape(from.name, [channels, rows, size / channels]);
    },
    operand(use, { channelsFirst, rank }) {
      const from = find(use);
      if (!channelsFirst) return reshaped(asPlain(from), use.shape);
      const withRank = (shape: Shape): Shape => [...new Array<number>(rank - shape.length).fill(1), ...shape];
      if (isChannelsFirst(use))
        return {
          name: scope.channelsFirst({ array: use.array, shape: withRank(use.shape) }),
          actual: use.shape,
        };
      const { name, actual } = reshaped(asPlain(from), use.shape);
      if (sizeOf(actual) === 1) return { name: asScalar(name, actual), actual };
      const shape = withRank(actual);
      if (isOneLine(actual)) return { name: graph.reshape(name, rotated(shape)), actual };
      return {
        name: toChannelsFirst(same(shape, actual) ? name : graph.reshape(name, shape), shape),
        actual,
      };
    },
    place({ array, shape }, name, { actual, channelsFirst = false } = {}) {
      placed.set(array, { name, shape, actual: actual ?? shape, channelsFirst });
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
  };
  return scope;
}

function same(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}

/** Whether a shape [..., C] has its numbers in the same order with the channels first. */
function isOneLine(shape: Shape): boolean {
  return shape.at(-1) === 1 || shape.slice(0, -1).every((size) => size === 1);
}

/** [..., C] as [C, ...]. */
function rotated(shape: Shape): Shape {
  return [...shape.slice(-1), ...shape.slice(0, -1)];
}
