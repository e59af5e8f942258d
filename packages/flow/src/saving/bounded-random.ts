import { sizeOf } from "@invertible/ops";
import type { Random, Shape } from "@invertible/ops";

/**
 * Wraps a key so that it gives the same numbers, but calls `refuse` instead of drawing more than `most` numbers at once. A
 * malicious file may describe layers that are far larger than the arrays it holds. This stops such a layer when it draws its
 * first initial value.
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
