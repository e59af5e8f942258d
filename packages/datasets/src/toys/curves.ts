import { defineToyDensity } from "./toy-density.ts";

const onCurve = { entropy: -Infinity, logDensity: null } as const;

/** The segment y = x with x ~ U(-2.5, 2.5), a distribution without a density. */
export const line = defineToyDensity({
  name: "line",
  extent: [-2.5, 2.5],
  ...onCurve,
  draw(random) {
    const x = random.uniform(-2.5, 2.5);
    return [x, x];
  },
});

/** The arc y = 2.5 sin x with x ~ U(-2.5, 2.5), known as `cos`, a distribution without a density. */
export const cosine = defineToyDensity({
  name: "cos",
  extent: [-2.5, 2.5],
  ...onCurve,
  draw(random) {
    const x = random.uniform(-2.5, 2.5);
    return [x, 2.5 * Math.sin(x)];
  },
});
