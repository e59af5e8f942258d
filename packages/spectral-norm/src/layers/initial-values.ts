import type { Random, Shape, Tensor } from "@invertible/ops";

/**
 * Draws initial weights or biases: uniform in (-1/sqrt(fanIn), 1/sqrt(fanIn)). This is Kaiming's uniform initialisation with a
 * = sqrt(5), the default of PyTorch and of the published networks.
 *
 * @param fanIn how many numbers contribute to one output
 * @see He et al. (2015), arXiv:1502.01852, section 2.2
 */
export function kaimingUniform(random: Random, shape: Shape, fanIn: number): Tensor {
  const bound = 1 / Math.sqrt(fanIn);
  return random.uniform(shape, -bound, bound);
}
