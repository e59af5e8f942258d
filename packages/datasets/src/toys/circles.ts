import { mixtureLogDensity, nodesOf } from "./gaussian-mixture.ts";
import type { MixtureNodes } from "./gaussian-mixture.ts";
import { defineToyDensity } from "./toy-density.ts";
import type { Draw, ToyDensity } from "./toy-density.ts";

/** Makes the uniform distribution on concentric circles with equal weights, plus normal noise. */
function circlesWith(
  radii: readonly number[],
  deviation: number,
  details: Pick<ToyDensity, "name" | "extent" | "entropy">,
): ToyDensity {
  const draw: Draw = (random) => {
    const index = random.integer(radii.length);
    const angle = random.uniform(0, 2 * Math.PI);
    const x = radii[index]! * Math.cos(angle) + random.normal(deviation);
    const y = radii[index]! * Math.sin(angle) + random.normal(deviation);
    return [x, y, index];
  };
  /** Equally spaced nodes. For a periodic function their error falls faster than any power of their number. */
  const nodes = (): MixtureNodes =>
    nodesOf(
      radii.flatMap((radius) => {
        // The nodes are half a deviation apart. The first neglected Fourier term of the density is then exp(-2 pi^2 4).
        const size = Math.ceil((2 * Math.PI * radius) / (deviation / 2));
        return Array.from({ length: size }, (_, i) => {
          const angle = (2 * Math.PI * i) / size;
          return {
            x: radius * Math.cos(angle),
            y: radius * Math.sin(angle),
            weight: 1 / (size * radii.length),
          };
        });
      }),
    );
  return defineToyDensity({ ...details, draw, logDensity: mixtureLogDensity(nodes, deviation) });
}

/**
 * Two circles of radii 3 and 1.5, with normal noise of deviation 0.24. This is scikit-learn's circles with factor 0.5 and noise
 * 0.08, times 3.
 */
export const circles = circlesWith([3, 1.5], 0.24, {
  name: "circles",
  extent: [-4.3, 4.3],
  // Computed by quadrature, to 1e-6. The test repeats it.
  entropy: 3.2681357,
});

/**
 * Four circles of radii 3, 2.25, 1.5 and 0.75 with normal noise of deviation 0.08.
 *
 * @see Grathwohl et al. (2019), "FFJORD", arXiv 1810.01367, `rings` of the accompanying code
 */
export const rings = circlesWith([3, 2.25, 1.5, 0.75], 0.08, {
  name: "rings",
  extent: [-3.5, 3.5],
  // Computed by quadrature, to 1e-6. The test repeats it.
  entropy: 2.6231828,
});
