import { fail } from "@invertible/errors";

/** @throws ArgumentError for a shape other than [height, width, channels]. */
export function imageSizes(
  where: string,
  shape: readonly number[],
): { readonly height: number; readonly width: number; readonly channels: number } {
  const [height, width, channels] = shape;
  if (shape.length !== 3 || height === undefined || width === undefined || channels === undefined)
    return fail(where, "images [height, width, channels]", shape);
  return { height, width, channels };
}
