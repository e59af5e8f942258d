import type { Point, Stroke } from "./digit-strokes.ts";

const stepsPerSpan = 6;

/** Traces a stroke as a chain of short segments. Smooth strokes follow the Catmull-Rom spline through their points. */
export function traceStroke({ path, points }: Stroke): readonly Point[] {
  if (path === "straight") return points;
  const traced: Point[] = [points[0]!];
  for (let i = 0; i + 1 < points.length; i++) {
    const [from, to] = [points[i]!, points[i + 1]!];
    const before = points[i - 1] ?? from;
    const after = points[i + 2] ?? to;
    for (let step = 1; step <= stepsPerSpan; step++) {
      const t = step / stepsPerSpan;
      const at = (axis: 0 | 1) => spline(before[axis], from[axis], to[axis], after[axis], t);
      traced.push([at(0), at(1)]);
    }
  }
  return traced;
}

/** The cubic from p1 (t = 0) to p2 (t = 1) with slopes (p2 - p0) / 2 and (p3 - p1) / 2, after Catmull and Rom (1974). */
function spline(p0: number, p1: number, p2: number, p3: number, t: number): number {
  const quadratic = 2 * p0 - 5 * p1 + 4 * p2 - p3;
  const cubic = 3 * (p1 - p2) + p3 - p0;
  return p1 + 0.5 * t * (p2 - p0 + t * (quadratic + t * cubic));
}
