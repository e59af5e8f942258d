import { sizeOf } from "@invertible/ops";
import type { Random, Shape } from "@invertible/ops";

/**
 * The same numbers as `random`, but `refuse` is called instead of drawing more than `most` at once. A hostile file may
 * describe layers far larger than the arrays it holds; this stops them at their first initial value.
 */
export function boundedRandom(random: Random, most: number, refuse: (size: number) => never): Random {
  const check = (size: number) => (size > most ? refuse(size) : size);
  const checkShape = (shape: Shape) => {
    check(sizeOf(shape));
    return shape;
  };
  return {
    key: random.key,
    fold: (data) => boundedRandom(random.fold(data), most, refuse),
    split: (count) => random.split(check(count)).map((part) => boundedRandom(part, most, refuse)),
    normal: (shape) => random.normal(checkShape(shape)),
    uniform: (shape, low, high) => random.uniform(checkShape(shape), low, high),
    rademacher: (shape) => random.rademacher(checkShape(shape)),
    normalArray: (size) => random.normalArray(check(size)),
    uniformArray: (size) => random.uniformArray(check(size)),
    integers: (size, low, high) => random.integers(check(size), low, high),
    permutation: (size) => random.permutation(check(size)),
  };
}
