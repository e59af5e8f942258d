import type { Point } from "./digit-strokes.ts";

/**
 * Paints chains of segments with a round pen into a grey image, 0 for paper and 255 for ink. The ink of a pixel depends on how
 * deep its centre lies inside the trace of the pen: it rises from 0 half a pixel outside the edge to 1 half a pixel inside. For
 * a straight edge along the grid this is the covered area.
 *
 * @param lines in pixels; the centre of the pixel (row, column) is (column + 0.5, row + 0.5)
 * @param thickness of the pen, in pixels
 */
export function paintLines(
  lines: readonly (readonly Point[])[],
  thickness: number,
  image: Uint8Array,
  side: number,
): void {
  const reach = thickness / 2 + 0.5;
  const distances = new Float64Array(side * side).fill(reach);
  for (const line of lines) {
    for (let i = 0; i + 1 < line.length; i++) approach(line[i]!, line[i + 1]!, reach, distances, side);
  }
  for (let at = 0; at < distances.length; at++) {
    image[at] = Math.round(255 * Math.min(1, reach - distances[at]!));
  }
}

/** Lowers the distances of the pixels near one segment. */
function approach(
  [ax, ay]: Point,
  [bx, by]: Point,
  reach: number,
  distances: Float64Array,
  side: number,
): void {
  const [dx, dy] = [bx - ax, by - ay];
  const squared = dx * dx + dy * dy;
  const clamp = (value: number) => Math.min(Math.max(value, 0), side - 1);
  const columns = [
    clamp(Math.floor(Math.min(ax, bx) - reach)),
    clamp(Math.floor(Math.max(ax, bx) + reach)),
  ] as const;
  const rows = [
    clamp(Math.floor(Math.min(ay, by) - reach)),
    clamp(Math.floor(Math.max(ay, by) + reach)),
  ] as const;
  for (let row = rows[0]; row <= rows[1]; row++) {
    for (let column = columns[0]; column <= columns[1]; column++) {
      const [px, py] = [column + 0.5 - ax, row + 0.5 - ay];
      const along = squared === 0 ? 0 : Math.min(Math.max((px * dx + py * dy) / squared, 0), 1);
      const distance = Math.hypot(px - along * dx, py - along * dy);
      const at = row * side + column;
      if (distance < distances[at]!) distances[at] = distance;
    }
  }
}
