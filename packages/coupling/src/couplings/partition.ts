import { checkShape, fail } from "@invertible/errors";
import { add, concat, depthToSpace, reshape, spaceToDepth, split, zeros } from "@invertible/ops";
import type { Shape, Tensor } from "@invertible/ops";

/** Which part of its input a coupling passes unchanged, as option. */
export const passThroughs = ["first", "second", "even-pixels", "odd-pixels"] as const;
export type PassThrough = (typeof passThroughs)[number];

/** How a coupling divides its input into a part that passes and a part that is transformed. */
export interface Partition {
  /** The shape of `passed`, which the network sees. */
  readonly passedShape: Shape;
  /** The shape of the network's output, for so many numbers to each transformed entry. */
  outputShape(size: number): Shape;
  /** Divides x [B, ...inputShape]. The transformed part keeps the channels of an entry on its last axis. */
  divide(x: Tensor): { readonly passed: Tensor; readonly other: Tensor };
  /** The inverse of `divide`. */
  join(passed: Tensor, other: Tensor): Tensor;
  /** The numbers for the transformed part, in its order, from the network's output. */
  numbers(output: Tensor): Tensor;
}

/**
 * Makes the partition of that name.
 *
 * @throws ArgumentError for an unknown name, fewer than two entries on the last axis to halve, or images without even height and width for pixels.
 */
export function createPartition(where: string, inputShape: Shape, passThrough: PassThrough): Partition {
  checkShape(`${where}.inputShape`, inputShape);
  if (!passThroughs.includes(passThrough))
    fail(`${where}.passThrough`, `one of ${passThroughs.join(", ")}`, passThrough);
  return passThrough === "first" || passThrough === "second"
    ? halves(where, inputShape, passThrough === "first")
    : pixels(where, inputShape, passThrough === "even-pixels");
}

/** The first floor(C / 2) entries of the last axis, and the rest. */
function halves(where: string, inputShape: Shape, firstPasses: boolean): Partition {
  const channels = inputShape.at(-1) ?? 0;
  if (channels < 2)
    fail(
      `${where}.inputShape`,
      "at least 2 on the last axis, one half to pass and one to transform",
      inputShape,
    );
  const first = Math.floor(channels / 2);
  const sizes = [first, channels - first];
  const [passing, transformed] = firstPasses ? [0, 1] : [1, 0];
  const shapeOf = (size: number) => [...inputShape.slice(0, -1), size];
  return {
    passedShape: shapeOf(sizes[passing]!),
    outputShape: (size) => shapeOf(sizes[transformed]! * size),
    divide(x) {
      const parts = split(x, sizes, -1);
      return { passed: parts[passing]!, other: parts[transformed]! };
    },
    join: (passed, other) => concat(firstPasses ? [passed, other] : [other, passed], -1),
    numbers: (output) => output,
  };
}

/**
 * The pixels (i, j) of a checkerboard with i + j even, and those with i + j odd. The network sees the whole image, with zeros in place of the
 * transformed pixels, and gives numbers for every pixel, of which those of the transformed ones are used.
 */
function pixels(where: string, inputShape: Shape, evenPass: boolean): Partition {
  const [height, width, channels, ...others] = inputShape;
  if (height === undefined || width === undefined || channels === undefined || others.length > 0)
    fail(`${where}.inputShape`, "[H, W, C], whose pixels make a checkerboard", inputShape);
  if (height % 2 !== 0 || width % 2 !== 0)
    fail(`${where}.inputShape`, "even H and W, for as many even pixels as odd ones", inputShape);

  // A 2x2 cell has the even pixels (0, 0) and (1, 1), and the odd ones (0, 1) and (1, 0).
  const cells = (x: Tensor) => {
    const [upperLeft, upperRight, lowerLeft, lowerRight] = split(spaceToDepth(x), 4, -1);
    return { even: [upperLeft!, lowerRight!], odd: [upperRight!, lowerLeft!] };
  };
  const image = ([a, b]: readonly Tensor[], even: boolean) => {
    const none = zeros(a!.shape);
    return depthToSpace(concat(even ? [a!, none, none, b!] : [none, a!, b!, none], -1));
  };
  // Both pixels of a cell lie side by side, so that the channels stay on an axis of their own.
  const compact = (pair: readonly Tensor[]) => {
    const [batch, rows, columns, size] = pair[0]!.shape as [number, number, number, number];
    return reshape(concat([...pair], -1), [batch, rows, 2 * columns, size]);
  };
  const pairOf = (compacted: Tensor) => {
    const [batch, rows, columns, size] = compacted.shape as [number, number, number, number];
    return split(reshape(compacted, [batch, rows, columns / 2, 2 * size]), 2, -1);
  };
  return {
    passedShape: inputShape,
    outputShape: (size) => [height, width, channels * size],
    divide(x) {
      const { even, odd } = cells(x);
      const [passed, other] = evenPass ? [even, odd] : [odd, even];
      return { passed: image(passed, evenPass), other: compact(other) };
    },
    join: (passed, other) => add(passed, image(pairOf(other), !evenPass)),
    numbers(output) {
      const { even, odd } = cells(output);
      return compact(evenPass ? odd : even);
    },
  };
}
