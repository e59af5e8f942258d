/** The zeros around [B, H, W, C] for a kernel [kh, kw, ...] of odd sizes: (k-1)/2 on every side. */
export function oddPadding(
  kernelShape: readonly number[],
): [[0, 0], [number, number], [number, number], [0, 0]] {
  const [height, width] = kernelShape as [number, number];
  const [top, left] = [(height - 1) / 2, (width - 1) / 2];
  return [
    [0, 0],
    [top, top],
    [left, left],
    [0, 0],
  ];
}
