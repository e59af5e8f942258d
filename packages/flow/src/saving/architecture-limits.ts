import type { Json } from "@invertible/errors";

/** `fail` or `failFormat`. */
type Refuse = (where: string, expected: string, received: unknown) => never;

/** Of a model, composites included. Each takes about 12 kilobytes of memory, however few bytes of text describe it. */
const mostLayers = 4096;
/** Code that walks composites in composites runs out of stack far beyond. */
const deepest = 200;
/** TensorFlow.js knows tensors of up to six axes; one is the batch. */
const mostAxes = 5;
/**
 * Products with Jacobians for the log-determinants of one example: of every estimator terms times probes, and of every differential
 * equation steps times vectors of the trace, of all blocks together.
 * A hundred blocks of ten thousand terms each would reach half of it.
 */
const mostProducts = 2_000_000;

/** What the layers of an architecture ask for, all together. */
export interface ArchitectureTotals {
  readonly layers: number;
  readonly products: number;
  /** Of all images that layers and branches take. */
  readonly pixels: number;
}

/**
 * Adds up what an architecture asks for, before any of it is built: `loadFlow` and `saveFlow` refuse the same ones. Counts are known by
 * the names that all layers of this family use: `inputShape` and `shape`, `terms`, `exactTerms`, `law` and
 * `probes`; `steps`, with the `probes` or the `maxDimension` of `trace` and `evaluationTrace`.
 *
 * @param largestExample numbers in the largest shape
 * @throws what `refuse` throws, for totals beyond what a machine can hold or anybody waits for, and for what JSON does not hold.
 */
export function checkArchitecture(
  where: string,
  architecture: unknown,
  largestExample: number,
  refuse: Refuse,
): ArchitectureTotals {
  const totals = { layers: 0, products: 0, pixels: 0 };
  const visit = (at: string, value: unknown, depth: number): void => {
    if (typeof value === "number" && !Number.isFinite(value)) refuse(at, "a number that JSON holds", value);
    if (["function", "symbol", "bigint"].includes(typeof value)) refuse(at, "JSON", value);
    if (typeof value !== "object" || value === null) return;
    if (depth > deepest) refuse(where, `at most ${deepest} levels`, value);
    if (Array.isArray(value)) {
      value.forEach((item, i) => visit(`${at}[${i}]`, item, depth + 1));
      return;
    }
    const object = value as Readonly<Record<string, Json>>;
    if (typeof object["layer"] === "string") totals.layers++;
    totals.products += productsOf(object);
    if (totals.layers > mostLayers) refuse(where, `at most ${mostLayers} layers`, "more");
    if (totals.products > mostProducts)
      refuse(where, `estimators of at most ${mostProducts} products together`, totals.products);
    for (const [key, member] of Object.entries(object)) {
      if ((key === "inputShape" || key === "shape") && Array.isArray(member)) {
        checkShape(member as readonly Json[]);
        if (member.length === 3) totals.pixels += Number(member[0]) * Number(member[1]);
      }
      // Short: a path of many names would cost more than what it leads to.
      visit(`${at.slice(-200)}.${key.slice(0, 50)}`, member, depth + 1);
    }
  };
  const checkShape = (shape: readonly Json[]) => {
    if (shape.length > mostAxes) refuse(where, `shapes of at most ${mostAxes} axes`, shape);
    const size = shape.reduce((product: number, n) => product * Number(n), 1);
    if (size > largestExample) refuse(where, `examples of at most ${largestExample} numbers`, shape);
  };
  visit(where, architecture, 1);
  return totals;
}

function productsOf(object: Readonly<Record<string, Json>>): number {
  const { terms, exactTerms, law, probes, steps, trace, evaluationTrace } = object;
  const products = positive(terms) + positive(exactTerms) + meanOf(law);
  const vectors = Math.max(1, vectorsOf(trace), vectorsOf(evaluationTrace));
  return products * Math.max(1, positive(probes)) + positive(steps) * vectors;
}

function vectorsOf(trace: Json | undefined): number {
  if (typeof trace !== "object" || trace === null || Array.isArray(trace)) return 0;
  const { probes, maxDimension } = trace as Readonly<Record<string, Json>>;
  return Math.max(positive(probes), positive(maxDimension));
}

function positive(value: Json | undefined): number {
  return typeof value === "number" && value > 0 ? value : 0;
}

function meanOf(law: Json | undefined): number {
  if (typeof law !== "object" || law === null || Array.isArray(law)) return 0;
  const { p, rate } = law as Readonly<Record<string, Json>>;
  if (typeof p === "number" && p > 0) return 1 / p;
  return typeof rate === "number" && rate > 0 ? rate : 0;
}

/**
 * Whether a proof of the certificate takes seconds rather than minutes. What a proof costs, weights aside, grows with the pixels that
 * its convolutions see, at most some 50 microseconds for each; a file can claim many of them in a few bytes.
 */
export function canProve({ pixels }: ArchitectureTotals, fileSize: number): boolean {
  return pixels <= freePixels + fileSize / 16;
}

const freePixels = 2 ** 15;
