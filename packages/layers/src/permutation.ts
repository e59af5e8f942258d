import { defineBijection, knownBounds, readConfig } from "@invertible/bijection";
import type { Bijection, LayerType } from "@invertible/bijection";
import { checkOptions, checkShape, fail } from "@invertible/errors";
import { inversePermutation, perExample, permute } from "@invertible/ops";
import type { Random, Shape } from "@invertible/ops";

/** Options of `permutation`. */
export interface PermutationOptions {
  /** Shape of one example; the last axis is reordered. */
  readonly inputShape: Shape;
  /** "reverse", the order itself, or a key to draw it from. */
  readonly order: "reverse" | readonly number[] | Random;
}

/**
 * Reorders the last axis: y[..., i] = x[..., order[i]]. log|det| = 0. x, y: [B, ...inputShape].
 *
 * An order that is drawn from a key is then fixed, and saved with the layer's description.
 *
 * @throws ArgumentError unless `order` holds each of 0..channels-1 once.
 */
export function permutation(options: PermutationOptions): Bijection {
  checkOptions("permutation", options, { inputShape: "required", order: "required" });
  const { inputShape, order } = options;
  checkShape("permutation.inputShape", inputShape);
  const channels = inputShape.at(-1) ?? fail("permutation.inputShape", "at least one axis", inputShape);
  const indices = resolveOrder(order, channels);
  const inverseIndices = inversePermutation(indices);
  return defineBijection({
    name: "permutation",
    inputShape,
    outputShape: inputShape,
    config: { inputShape: [...inputShape], order: indices },
    forward: (x) => ({ y: permute(x, indices), logDet: () => perExample(x, 0) }),
    inverse: (y) => ({ x: permute(y, inverseIndices), logDet: () => perExample(y, 0) }),
    lipschitz: knownBounds(() => ({ forward: 1, inverse: 1 })),
  });
}

function resolveOrder(order: PermutationOptions["order"], size: number): number[] {
  if (order === "reverse") return Array.from({ length: size }, (_, i) => size - 1 - i);
  if (typeof order === "object" && "fold" in order) return [...order.permutation(size)];
  if (!Array.isArray(order)) fail("permutation.order", `"reverse", a list or a Random`, order);
  const sorted = [...order].sort((a, b) => a - b);
  if (sorted.length !== size || sorted.some((n, i) => n !== i))
    fail("permutation.order", `each of 0..${size - 1} once`, order);
  return [...order];
}

/** Rebuilds a `permutation` from its configuration. */
export const permutationType: LayerType = {
  layer: "permutation",
  build(config) {
    const read = readConfig("permutation", config);
    return permutation({ inputShape: read.shape("inputShape"), order: read.integers("order") });
  },
};
