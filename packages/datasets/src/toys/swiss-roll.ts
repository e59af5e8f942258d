import { gaussLegendre } from "./gauss-legendre.ts";
import { mixtureLogDensity, nodesOf } from "./gaussian-mixture.ts";
import { defineToyDensity } from "./toy-density.ts";

/**
 * One spiral: (t cos t, t sin t) with t uniform on [1.5 pi, 4.5 pi], plus normal noise of deviation 1, divided by 5. These are
 * the first and last coordinates of scikit-learn's swiss roll.
 */
export const swissRoll = defineToyDensity({
  name: "swissroll",
  extent: [-4, 4],
  // Computed by quadrature, to 1e-6. The test repeats it.
  entropy: 2.6696462,
  draw(random) {
    const t = random.uniform(1.5 * Math.PI, 4.5 * Math.PI);
    return [(t * Math.cos(t) + random.normal()) / 5, (t * Math.sin(t) + random.normal()) / 5];
  },
  logDensity: mixtureLogDensity(
    () =>
      nodesOf(
        gaussLegendre(400, 1.5 * Math.PI, 4.5 * Math.PI).map(({ at: t, weight }) => ({
          x: (t * Math.cos(t)) / 5,
          y: (t * Math.sin(t)) / 5,
          weight: weight / (3 * Math.PI),
        })),
      ),
    0.2,
  ),
});
