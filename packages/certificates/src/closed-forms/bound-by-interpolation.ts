import { powerError } from "./closed-forms.ts";
import type { ClosedForms } from "./closed-forms.ts";

/** A point (x, y) = (1/p, 1/q) of the unit square, which stands for the norm from l_p to l_q. */
interface Point {
  readonly x: number;
  readonly y: number;
}

/** What is known about a map: closed forms at the border of the square, and the norm at its centre. */
export interface KnownNorms {
  /** The closed forms. */
  readonly forms: ClosedForms;
  /** An upper bound of |A| from l_2 to l_2. */
  readonly euclidean: number;
  /** The numbers of inputs and outputs. */
  readonly sizes: readonly [number, number];
}

/** Number of lines through the point, in directions of a fan. The bound is not sensitive to it. */
const directions = 16;

/**
 * Proves an upper bound of |A| from l_p to l_q for any p and q. It is the least of two kinds of bounds:
 * - Riesz-Thorin: log |A| is convex on segments in the square of (1/p, 1/q). This holds for complex vectors, for which the norm
 *   is at least the real one; the closed forms and |A|_2 hold for them too. The segments join two border points, or the centre
 *   and a border point.
 * - Norm equivalence: |x|_r <= |x|_p d^(1/r - 1/p) for r <= p and |x|_r <= |x|_p for r >= p. It is used at the inputs and at
 *   the outputs, starting from the centre and from the nearest borders.
 *
 * @see Riesz (1926), Acta Math. 49; Thorin (1939)
 */
export function boundByInterpolation(known: KnownNorms, domain: number, codomain: number): number {
  const target = { x: 1 / domain, y: 1 / codomain };
  const { euclidean, forms, sizes } = known;
  const [d, m] = sizes;
  const { x, y } = target;
  const candidates = [
    euclidean * d ** Math.max(0, 1 / 2 - x) * m ** Math.max(0, y - 1 / 2),
    d ** (1 - x) * atBorder(forms, { x: 1, y }),
    m ** y * atBorder(forms, { x, y: 0 }),
  ];
  const centre = { x: 1 / 2, y: 1 / 2 };
  if (distance(centre, target) > 1e-6) {
    const { point, length } = exit(target, { x: x - 1 / 2, y: y - 1 / 2 });
    candidates.push(between(euclidean, distance(centre, target), atBorder(forms, point), length));
  }
  for (let k = 0; k < directions; k++) {
    const angle = (k * Math.PI) / directions;
    const direction = { x: Math.cos(angle), y: Math.sin(angle) };
    const ahead = exit(target, direction);
    const behind = exit(target, { x: -direction.x, y: -direction.y });
    if (ahead.length + behind.length < 1e-6) continue;
    candidates.push(
      between(atBorder(forms, behind.point), behind.length, atBorder(forms, ahead.point), ahead.length),
    );
  }
  return Math.min(...candidates) * (1 + 64 * powerError);
}

/** The weighted geometric mean at a point that is `before` beyond the first point and `after` short of the second. */
function between(first: number, before: number, second: number, after: number): number {
  const share = before / (before + after);
  return first ** (1 - share) * second ** share;
}

/** The point where a ray leaves the square. */
function exit(from: Point, direction: Point): { point: Point; length: number } {
  const steps = (position: number, speed: number) =>
    Math.abs(speed) < 1e-12 ? Infinity : ((speed > 0 ? 1 : 0) - position) / speed;
  const [horizontal, vertical] = [steps(from.x, direction.x), steps(from.y, direction.y)];
  const step = Math.min(horizontal, vertical);
  const snapped = (value: number, hit: boolean, speed: number) =>
    hit ? (speed > 0 ? 1 : 0) : Math.min(1, Math.max(0, value));
  const point = {
    x: snapped(from.x + step * direction.x, horizontal <= vertical, direction.x),
    y: snapped(from.y + step * direction.y, vertical <= horizontal, direction.y),
  };
  return { point, length: step * Math.hypot(direction.x, direction.y) };
}

function atBorder(forms: ClosedForms, { x, y }: Point): number {
  const values = [
    ...(x === 1 ? [forms.largest("inputs", 1 / y)] : []),
    ...(y === 0 ? [forms.largest("outputs", 1 / (1 - x))] : []),
    ...(x === 0 ? [forms.ofSums("outputs", 1 / y)] : []),
    ...(y === 1 ? [forms.ofSums("inputs", 1 / (1 - x))] : []),
  ];
  return Math.min(...values);
}

const distance = (a: Point, b: Point) => Math.hypot(a.x - b.x, a.y - b.y);
