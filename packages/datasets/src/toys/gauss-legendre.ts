/**
 * Nodes and weights of Gauss-Legendre quadrature on [low, high]. The sum of weight_i f(at_i) is exact for polynomials of degree
 * 2 size - 1. The nodes are found by Newton's method on the Legendre polynomial of degree `size` >= 2.
 */
export function gaussLegendre(size: number, low: number, high: number): { at: number; weight: number }[] {
  const half = (high - low) / 2;
  return Array.from({ length: size }, (_, i) => {
    // Tricomi's approximation of root i is close enough for Newton's method to converge to it.
    let root = Math.cos((Math.PI * (i + 0.75)) / (size + 0.5));
    let slope = 1;
    for (let step = 0; step < 20; step++) {
      let [previous, current] = [1, root];
      for (let n = 2; n <= size; n++) {
        [previous, current] = [current, ((2 * n - 1) * root * current - (n - 1) * previous) / n];
      }
      slope = (size * (root * current - previous)) / (root * root - 1);
      const change = current / slope;
      root -= change;
      if (Math.abs(change) < 1e-15) break;
    }
    return { at: low + half * (1 - root), weight: (2 * half) / ((1 - root * root) * slope * slope) };
  });
}
