import { checkChoice, checkOptions, fail } from "@invertible/errors";
import { checkTerms } from "./limits.ts";
import type { JsonObject } from "@invertible/errors";
import { slice } from "@invertible/ops";
import type { Random } from "@invertible/ops";
import { checkContraction } from "../estimators/estimator.ts";
import type { ContractionBounds } from "../estimators/estimator.ts";
import type { DrawnLengths } from "./drawn-lengths.ts";
import { drawCounts, smallestChance } from "./roulette-law.ts";
import type { RouletteLaw } from "./roulette-law.ts";
import { alternating, seriesWeight } from "./series-gradients.ts";

/** Options of a series of random length. */
export interface RouletteOptions {
  /** The law of the number N of terms after the exact ones: `geometricLaw({ p })` or `poissonLaw({ rate })`. */
  readonly law: RouletteLaw;
  /** The number m >= 0 of terms that are always there. Residual Flows take 2 in training and 20 in evaluation. */
  readonly exactTerms: number;
  /** Default "checked", which refuses a law whose variance is infinite or not known to be finite. "unchecked" allows it. */
  readonly variance?: "checked" | "unchecked";
}

/** A series of random length T = m + N, in which term k has the weight 1/P(T >= k). */
export interface Roulette {
  /** The JSON from which it is rebuilt. */
  readonly config: JsonObject;
  /** The mean length E[T]. */
  readonly meanTerms: number;
  /** The weight of term k: 1 for k <= m, and 1/P(N >= k - m) for k > m. */
  coefficient(k: number): number;
  /** Draws a length T for each of `count` probes, the longest first. */
  draw(random: Random, count: number, batch: number): DrawnLengths;
  /** Checks that the variance is finite for such a problem, unless it is "unchecked". */
  check(bounds: ContractionBounds): void;
}

/**
 * Prepares a series of random length.
 *
 * @throws ArgumentError for exactTerms outside 0 to 10000 or an unknown `variance`.
 */
export function rouletteOf(
  where: string,
  { law, exactTerms, variance = "checked" }: RouletteOptions,
): Roulette {
  if (typeof law?.survival !== "function")
    fail(`${where}: law`, "geometricLaw({ p }) or poissonLaw({ rate })", law);
  checkTerms(`${where}: exactTerms`, exactTerms, 0);
  checkChoice(`${where}: variance`, variance, ["checked", "unchecked"]);
  return {
    config: { law: law.config, exactTerms, variance },
    meanTerms: exactTerms + (law.mean ?? 0),
    coefficient: (k) => 1 / law.survival(k - exactTerms),
    // Sorting permutes independent lengths. It introduces no bias, because probes do not depend on them.
    draw(random, count, batch) {
      const lengthsOf = (key: Random) =>
        drawCounts(law, key, count)
          .map((n) => exactTerms + n)
          .sort((a, b) => b - a);
      const { repeated } = random;
      if (repeated === undefined) return { lengths: lengthsOf(random) };
      const longest = repeated.length((key) => lengthsOf(key)[0]!);
      const rows = count === 1 ? 1 : count * batch;
      const reached = repeated.fill([longest, rows], (key) => {
        const lengths = lengthsOf(key);
        return Float32Array.from({ length: longest * rows }, (_, i) =>
          lengths[Math.floor(((i % rows) * count) / rows)]! > Math.floor(i / rows) ? 1 : 0,
        );
      });
      const reaching = (k: number) => slice(reached, [k - 1, 0], [1, rows]);
      return {
        lengths: Array<number>(count).fill(longest),
        reached: reaching,
        whenReached: (k, state, step) => repeated.when(reaching(k), state, step),
      };
    },
    check(bounds) {
      checkContraction(where, bounds);
      if (variance === "checked") checkVariance(where, law, bounds.lipschitz);
    },
  };
}

/**
 * Rejects a law of infinite variance. With terms of size L^k, the second moment of a roulette is finite if sum_k L^(2k) / P(N
 * >= k) is. For the gradient, which has no factor 1/k, the converse holds too.
 */
function checkVariance(where: string, { config, tailRatio }: RouletteLaw, lipschitz: number): void {
  const square = lipschitz ** 2;
  if (square < tailRatio || square === 0) return;
  const limit = 1 - square;
  const remedy =
    limit / 2 > smallestChance
      ? `such as geometricLaw({ p: ${short(limit / 2)} })`
      : "which is too small for any";
  fail(
    `${where}: law`,
    "a tail P(N >= k) that falls more slowly than L^(2k), without which the variance is infinite: " +
      `for L = ${short(lipschitz)}, geometricLaw({ p }) with p < 1 - L^2 = ${short(limit)}, ` +
      `${remedy}; variance: "unchecked" trusts that the true spectral radius is smaller`,
    config,
  );
}

const short = (x: number) => Number(x.toPrecision(3));

/** The weights of a series whose random length has been drawn. */
export interface RouletteWeights {
  /** The length T = exactTerms + drawn. */
  readonly terms: number;
  /** 1/P(T >= k) for k = 1..T. */
  readonly coefficients: readonly number[];
  /** (-1)^(k+1)/k / P(T >= k), the weight of v'J^k v in the value, for k = 1..T. */
  readonly series: readonly number[];
  /** (-1)^k / P(T >= k), the weight of J^k v in the u of the gradient <v, dJ u>, for k = 0..T. */
  readonly neumann: readonly number[];
}

/**
 * Computes the weights that `russianRoulette` and `neumann` give to their terms when N = drawn. On average over N, the weight
 * in the value is (-1)^(k+1)/k for every k >= 1, and the weight in the gradient is (-1)^k for every k >= 0.
 *
 * @throws ArgumentError for a negative or fractional number of terms.
 * @see Chen et al. (2019), arXiv:1906.02735, theorems 1 and 2
 */
export function rouletteWeights(
  options: Pick<RouletteOptions, "law" | "exactTerms"> & { readonly drawn: number },
): RouletteWeights {
  checkOptions("rouletteWeights", options, { law: "required", exactTerms: "required", drawn: "required" });
  const { coefficient } = rouletteOf("rouletteWeights", options);
  const { drawn } = options;
  if (!Number.isSafeInteger(drawn) || drawn < 0) fail("rouletteWeights: drawn", "an integer >= 0", drawn);
  const terms = options.exactTerms + drawn;
  const from = (first: number, weight: (k: number) => number) =>
    Array.from({ length: terms + 1 - first }, (_, i) => weight(first + i));
  return {
    terms,
    coefficients: from(1, coefficient),
    series: from(1, (k) => seriesWeight(k) * coefficient(k)),
    neumann: from(0, (k) => alternating(k) * coefficient(k)),
  };
}
