import { checkBetween, fail } from "@invertible/errors";
import { mostTerms } from "./limits.ts";
import type { Json, JsonObject } from "@invertible/errors";
import type { Random } from "@invertible/ops";

/** The distribution of a number N >= 0 of terms. */
export interface RouletteLaw {
  /** `{ law, ... }` */
  readonly config: JsonObject;
  /** P(N >= k); positive for every k, and 1 for k <= 0. */
  survival(k: number): number;
  /** E[N]. A law of your own may leave it out. */
  readonly mean?: number;
  /** lim P(N >= k + 1) / P(N >= k): a series that falls like L^k has a finite variance iff L^2 is below. */
  readonly tailRatio: number;
}

/** Suits every L up to 1 - 5e-5. The mean length, 1/p, stays below `mostTerms`. */
export const smallestChance = 1 / mostTerms;

/**
 * N = 1, 2, ... with P(N >= k) = (1 - p)^(k - 1); mean 1/p.
 * @throws ArgumentError unless 1e-4 < p < 1.
 */
export function geometricLaw({ p }: { readonly p: number }): RouletteLaw {
  checkBetween("geometricLaw: p", p, smallestChance, 1);
  return Object.freeze({
    config: { law: "geometric", p },
    mean: 1 / p,
    survival: (k: number) => (1 - p) ** Math.max(k - 1, 0),
    tailRatio: 1 - p,
  });
}

/** exp(-rate) stays a normal number. */
const largestRate = 700;

/**
 * N = 0, 1, ... with P(N = k) = e^-rate rate^k / k!; mean `rate`. Its tail falls faster than every L^k, so the variance of a
 * roulette with it is infinite whatever L > 0; a few exact terms and a small spectral radius hide that for a long time.
 * @throws ArgumentError unless 0 < rate < 700.
 */
export function poissonLaw({ rate }: { readonly rate: number }): RouletteLaw {
  checkBetween("poissonLaw: rate", rate, 0, largestRate);
  return Object.freeze({
    config: { law: "poisson", rate },
    mean: rate,
    survival: (k: number) => poissonSurvival(rate, k),
    tailRatio: 0,
  });
}

/** The smaller side is summed, so that nothing cancels. */
function poissonSurvival(rate: number, k: number): number {
  let term = Math.exp(-rate);
  let below = 0;
  for (let i = 0; i < k; i++) {
    below += term;
    term *= rate / (i + 1);
  }
  if (k <= rate) return 1 - below;
  let above = 0;
  for (let i = k; above + term !== above; i++) {
    above += term;
    term *= rate / (i + 1);
  }
  return above;
}

/**
 * Draws of N by inversion from 48 random bits each: P(N >= k) is exact to 2^-48, so only terms less likely than that are out of
 * reach.
 */
export function drawCounts({ survival }: RouletteLaw, random: Random, count: number): number[] {
  const uniforms = random.uniformArray(2 * count);
  return Array.from({ length: count }, (_, i) => {
    // In (0, 1]: N >= k iff level <= P(N >= k).
    const level = 1 - (uniforms[2 * i]! + uniforms[2 * i + 1]! * 2 ** -24);
    let n = 0;
    while (survival(n + 1) >= level) n++;
    return n;
  });
}

/** Rebuilds a law from its `config`, as untrusted as an argument. */
export function lawFromConfig(config: Json | undefined): RouletteLaw {
  const { law, p, rate } = (typeof config === "object" && config !== null ? config : {}) as JsonObject;
  if (law === "geometric") return geometricLaw({ p: p as number });
  if (law === "poisson") return poissonLaw({ rate: rate as number });
  return fail("lawFromConfig", "the configuration of a geometric or poisson law", config);
}
