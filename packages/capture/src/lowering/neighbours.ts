import { int, ints } from "../onnx/graph.ts";
import type { Factor } from "../onnx/graph-builder.ts";
import type { Shape } from "@invertible/ops";
import type { Scope } from "./scope.ts";
import type { Use } from "../trace/recording.ts";

/**
 * What every pixel of images sees through each tap of a kernel, as [taps * C, P]: the number of the pixel that the tap lies on, or 0
 * outside the image. The numbers are copied, so NaN and infinities stay where they are.
 */
export function neighbours(scope: Scope, x: Use, [height, width]: readonly [number, number]): Factor {
  const { graph } = scope;
  const [batch, rows, columns, channels] = x.shape as readonly [number, number, number, number];
  const all = scope.channelsFirst(x);
  const taps = height * width;
  const flat = (name: string) => graph.reshape(name, [taps * channels, batch * rows * columns]);
  if (taps === 1) return { name: flat(all), rank: 2 };
  const [top, left] = [(height - 1) / 2, (width - 1) / 2];
  const padded = graph.add("Pad", [
    graph.reshape(all, [channels * batch, rows, columns]),
    graph.integers([0, top, left, 0, top, left]),
    graph.scalar(0),
  ]);
  const cut = (name: string, axis: number, start: number, size: number) =>
    graph.add("Slice", [
      name,
      graph.integers([start]),
      graph.integers([start + size]),
      graph.integers([axis]),
    ]);
  const byColumn = Array.from({ length: width }, (_, j) => cut(padded, 2, j, columns));
  const seen = Array.from({ length: taps }, (_, tap) =>
    cut(byColumn[tap % width]!, 1, Math.floor(tap / width), rows),
  );
  return { name: flat(graph.add("Concat", seen, { axis: int(0) })), rank: 2 };
}

/**
 * The transposed map, from [taps * C, P] to [C, P]: every number is added to the pixel that its tap lies on, unless it lies outside the
 * image.
 *
 * @param shape [N, H, W, C]
 */
export function sumOverNeighbours(
  scope: Scope,
  seen: string,
  shape: Shape,
  [height, width]: readonly [number, number],
): string {
  const { graph } = scope;
  const [batch, rows, columns, channels] = shape as readonly [number, number, number, number];
  const byTap = graph.reshape(seen, [height * width, channels * batch, rows * columns]);
  const byImage = graph.add("Transpose", [byTap], { perm: ints([1, 0, 2]) });
  const [top, left] = [(height - 1) / 2, (width - 1) / 2];
  const sums = graph.add(
    "Col2Im",
    [byImage, graph.integers([rows, columns]), graph.integers([height, width])],
    { pads: ints([top, left, top, left]) },
  );
  return graph.reshape(sums, [channels, batch * rows * columns]);
}
