/** The centres and weights of a mixture. The weights add up to 1. */
export interface MixtureNodes {
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly weight: Float64Array;
}

/**
 * The function log sum_i w_i N(p; c_i, deviation^2 I). If the centres are the nodes of a quadrature rule, it is the density of
 * points on a curve plus normal noise. The nodes are made at the first call.
 */
export function mixtureLogDensity(
  makeNodes: () => MixtureNodes,
  deviation: number,
): (x: number, y: number) => number {
  let nodes: MixtureNodes | undefined;
  const logNormaliser = Math.log(2 * Math.PI * deviation ** 2);
  const scale = 1 / (2 * deviation ** 2);
  return (x, y) => {
    nodes ??= makeNodes();
    const { x: centreX, y: centreY, weight } = nodes;
    // The nearest centre is found first, because every term by itself underflows far from all centres.
    let nearest = Infinity;
    for (let i = 0; i < weight.length; i++) {
      const right = x - centreX[i]!;
      const up = y - centreY[i]!;
      nearest = Math.min(nearest, right * right + up * up);
    }
    // exp(-45) = 3e-20 of the largest term changes no digit.
    const farthest = nearest + 45 / scale;
    let total = 0;
    for (let i = 0; i < weight.length; i++) {
      const right = x - centreX[i]!;
      const up = y - centreY[i]!;
      const distance = right * right + up * up;
      if (distance < farthest) total += weight[i]! * Math.exp(-scale * (distance - nearest));
    }
    return Math.log(total) - scale * nearest - logNormaliser;
  };
}

/** Arranges nodes as columns. */
export function nodesOf(nodes: readonly { x: number; y: number; weight: number }[]): MixtureNodes {
  return {
    x: Float64Array.from(nodes, (node) => node.x),
    y: Float64Array.from(nodes, (node) => node.y),
    weight: Float64Array.from(nodes, (node) => node.weight),
  };
}
