import type { Bijection } from "@invertible/bijection";
import { additiveCoupling, convConditioner } from "@invertible/coupling";
import type { Random, Shape } from "@invertible/ops";

/**
 * A reversible block on two halves of the channels: y1 = x1 + F(x2), y2 = x2 + G(y1), as two additive couplings. F and G are
 * 3x3 -> 1x1 -> 3x3 convolutions with act-norms and ReLUs between them.
 *
 * The published blocks have batch norms. Act-norms are the same map in training and after it, so that the input of a block can be computed
 * from its output in either, and starting from data does what a first batch norm would.
 */
export function reversibleBlock(inputShape: Shape, width: number, random: Random): Bijection[] {
  const [f, g] = ["f", "g"].map((name) => convConditioner({ width, random: random.fold(name) }));
  return [
    additiveCoupling({ inputShape, conditioner: f!, passThrough: "second" }),
    additiveCoupling({ inputShape, conditioner: g!, passThrough: "first" }),
  ];
}
