import { checkIntegerFrom, fail } from "@invertible/errors";

/**
 * An estimate takes so many products one after another, at most, on average. Beyond it a single log-determinant takes minutes, and a
 * model file that asks for 10^12 of them would never give one.
 */
export const mostTerms = 10_000;

/** Products of one example, of all its probes together. */
const mostProducts = 200_000;

/** Numbers in all probes of one example, 256 MB. */
const mostProbeNumbers = 2 ** 26;

/** @throws ArgumentError for terms that are no integer from `least` to 10000. */
export function checkTerms(where: string, terms: number, least: 0 | 1): void {
  checkIntegerFrom(where, terms, least, mostTerms);
}

/** @throws ArgumentError for more products in one estimate than anybody waits for. */
export function checkProducts(where: string, terms: number, probes: number): void {
  if (terms * probes > mostProducts)
    fail(`${where}: probes`, `at most ${Math.floor(mostProducts / terms)} with ${terms} terms`, probes);
}

/** @throws ArgumentError for probes that together are larger than memory. */
export function checkProbeNumbers(where: string, probes: number, dimension: number): void {
  if (probes * dimension > mostProbeNumbers)
    fail(
      `${where}: probes`,
      `at most ${Math.floor(mostProbeNumbers / dimension)} of ${dimension} numbers each`,
      probes,
    );
}
