import { defineToyDensity } from "./toy-density.ts";

const arms = 5;
const sector = (2 * Math.PI) / arms;
const rate = 0.25;
const radialDeviation = 0.3;
const tangentialDeviation = 0.1;

/**
 * Five bent arms. A point f ~ (1 + 0.3 N, 0.1 N) is rotated clockwise by 2 pi k / 5 + 0.25 exp(f1) for a random arm k, and
 * multiplied by 2.
 *
 * @see Johnson et al. (2016), "Composing graphical models with neural networks", arXiv 1603.06277, figure 1
 */
export const pinwheel = defineToyDensity({
  name: "pinwheel",
  extent: [-5.2, 5.2],
  // Computed by quadrature, to 1e-6. The test repeats it.
  entropy: 2.317788,
  draw(random) {
    const arm = random.integer(arms);
    const along = 1 + random.normal(radialDeviation);
    const across = random.normal(tangentialDeviation);
    const angle = sector * arm + rate * Math.exp(along);
    const [cosine, sine] = [Math.cos(angle), Math.sin(angle)];
    return [2 * (along * cosine + across * sine), 2 * (across * cosine - along * sine), arm];
  },
  logDensity: (x, y) => {
    // With f = rho (cos a, sin a), the rotated point has the same radius and the angle a - 0.25 exp(rho cos a), up to whole
    // sectors. Every a that gives the angle of (x, y) is a preimage, and dx dy = 4 |slope| df.
    const radius = Math.hypot(x, y) / 2;
    const angle = Math.atan2(y, x);
    const turned = (a: number) => (a - rate * Math.exp(radius * Math.cos(a)) - angle) / sector;
    let density = 0;
    for (const a of preimages(turned)) {
      const along = (radius * Math.cos(a) - 1) / radialDeviation;
      const across = (radius * Math.sin(a)) / tangentialDeviation;
      const slope = 1 + rate * radius * Math.sin(a) * Math.exp(radius * Math.cos(a));
      density += Math.exp(-(along ** 2 + across ** 2) / 2) / Math.abs(slope);
    }
    return Math.log(density / (4 * arms * 2 * Math.PI * radialDeviation * tangentialDeviation));
  },
});

/** Finds every a in [-pi, pi) where `turned` is an integer, by bracketing on a fine grid and bisection. */
function preimages(turned: (a: number) => number): number[] {
  const cells = 512;
  const found: number[] = [];
  let low = -Math.PI;
  let atLow = turned(low);
  for (let i = 1; i <= cells; i++) {
    const high = -Math.PI + (2 * Math.PI * i) / cells;
    const atHigh = turned(high);
    const [least, most] = atLow < atHigh ? [atLow, atHigh] : [atHigh, atLow];
    for (let level = Math.floor(least) + 1; level <= Math.floor(most); level++) {
      found.push(bisect((a) => (turned(a) - level) * (atHigh > atLow ? 1 : -1), low, high));
    }
    [low, atLow] = [high, atHigh];
  }
  return found;
}

/** Finds the root of an increasing function. */
function bisect(f: (a: number) => number, low: number, high: number): number {
  for (let step = 0; step < 50; step++) {
    const middle = (low + high) / 2;
    if (f(middle) < 0) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
