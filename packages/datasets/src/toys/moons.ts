import { gaussLegendre } from "./gauss-legendre.ts";
import { mixtureLogDensity, nodesOf } from "./gaussian-mixture.ts";
import { defineToyDensity } from "./toy-density.ts";

/** The point at t in [0, pi] of the outer moon (0) or the inner moon (1). */
function moon(index: number, t: number): { x: number; y: number } {
  return index === 0
    ? { x: 2 * Math.cos(t) - 1, y: 2 * Math.sin(t) - 0.2 }
    : { x: 1 - 2 * Math.cos(t), y: 0.8 - 2 * Math.sin(t) };
}

/**
 * Two interleaved half circles of radius 2 with normal noise of deviation 0.2. This is scikit-learn's moons with noise 0.1,
 * times 2, plus (-1, -0.2). The angle is uniform and each moon equally likely, so that examples are independent; scikit-learn
 * spaces the angles evenly.
 */
export const moons = defineToyDensity({
  name: "moons",
  extent: [-4.2, 4.2],
  // Computed by quadrature, to 1e-6. The test repeats it.
  entropy: 2.3938792,
  draw(random) {
    const index = random.integer(2);
    const { x, y } = moon(index, random.uniform(0, Math.PI));
    return [x + random.normal(0.2), y + random.normal(0.2), index];
  },
  logDensity: mixtureLogDensity(
    () =>
      nodesOf(
        [0, 1].flatMap((index) =>
          gaussLegendre(128, 0, Math.PI).map(({ at, weight }) => ({
            ...moon(index, at),
            weight: weight / (2 * Math.PI),
          })),
        ),
      ),
    0.2,
  ),
});
