import { gaussLegendre } from "./gauss-legendre.ts";
import { mixtureLogDensity, nodesOf } from "./gaussian-mixture.ts";
import { defineToyDensity } from "./toy-density.ts";

/** 540 degrees in radians. */
const longest = 3 * Math.PI;

/**
 * Two spirals, of which the second is the negative of the first. With n = sqrt(U) 3 pi, the points are ((-n cos n + U' / 2, n
 * sin n + U'' / 2) / 3) times +1 or -1, plus normal noise of deviation 0.1.
 *
 * @see Chen et al. (2019), "Residual flows", arXiv 1906.02735, `2spirals` of the accompanying code
 */
export const twoSpirals = defineToyDensity({
  name: "2spirals",
  extent: [-4, 4],
  // Computed by quadrature, to 1e-6. The test repeats it.
  entropy: 2.6454503,
  draw(random) {
    const arm = random.integer(2);
    const sign = arm === 0 ? 1 : -1;
    const n = Math.sqrt(random.uniform()) * longest;
    const x = (sign * (-n * Math.cos(n) + random.uniform(0, 0.5))) / 3;
    const y = (sign * (n * Math.sin(n) + random.uniform(0, 0.5))) / 3;
    return [x + random.normal(0.1), y + random.normal(0.1), arm];
  },
  // The uniform offsets become 5 nodes for each coordinate. For a box of 1.7 deviations, the error of this rule is 4e-8.
  logDensity: mixtureLogDensity(() => {
    const offsets = gaussLegendre(5, 0, 0.5);
    return nodesOf(
      gaussLegendre(240, 0, longest).flatMap(({ at: n, weight }) =>
        offsets.flatMap((right) =>
          offsets.flatMap((up) =>
            [1, -1].map((sign) => ({
              x: (sign * (-n * Math.cos(n) + right.at)) / 3,
              y: (sign * (n * Math.sin(n) + up.at)) / 3,
              // n has the density 2 n / (3 pi)^2, and an offset has the density 2.
              weight: 0.5 * ((2 * n) / longest ** 2) * weight * (2 * right.weight) * (2 * up.weight),
            })),
          ),
        ),
      ),
    );
  }, 0.1),
});
