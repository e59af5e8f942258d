import type { Random, Shape, Tensor } from "@invertible/ops";

/**
 * U(-1/sqrt(fanIn), 1/sqrt(fanIn)) in every entry, for weights and biases alike: Kaiming's uniform initialisation with
 * a = sqrt(5), PyTorch's default and that of the published networks.
 * @see He et al. (2015), arXiv:1502.01852, section 2.2
 */
export function kaimingUniform(random: Random, shape: Shape, fanIn: number): Tensor {
  const bound = 1 / Math.sqrt(fanIn);
  return random.uniform(shape, -bound, bound);
}
