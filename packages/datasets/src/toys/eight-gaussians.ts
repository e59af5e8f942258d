import { mixtureLogDensity, nodesOf } from "./gaussian-mixture.ts";
import { defineToyDensity } from "./toy-density.ts";

/** The divisor in the code that defined this set. It is 1.414 and not sqrt(2). */
const shrink = 1.414;
const deviation = 0.5 / shrink;

const diagonal = Math.SQRT1_2;
const centres = [
  [1, 0],
  [-1, 0],
  [0, 1],
  [0, -1],
  [diagonal, diagonal],
  [diagonal, -diagonal],
  [-diagonal, diagonal],
  [-diagonal, -diagonal],
].map(([x, y]) => ({ x: (4 * x!) / shrink, y: (4 * y!) / shrink, weight: 1 / 8 }));

/** Eight normals of deviation 0.5 whose centres lie on a circle of radius 4, all divided by 1.414. */
export const eightGaussians = defineToyDensity({
  name: "8gaussians",
  extent: [-4.7, 4.7],
  // Computed by quadrature, to 1e-6. The test repeats it.
  entropy: 2.8318804,
  draw(random) {
    const index = random.integer(8);
    const { x, y } = centres[index]!;
    return [x + random.normal(deviation), y + random.normal(deviation), index];
  },
  logDensity: mixtureLogDensity(() => nodesOf(centres), deviation),
});
