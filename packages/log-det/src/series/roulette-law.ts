import { checkBetween, checkOptions, fail } from "@invertible/errors";
import type { Json, JsonObject } from "@invertible/errors";
import type { Random } from "@invertible/ops";

/** The probability distribution of a random number N >= 0 of terms. Make one with `geometricLaw` or `poissonLaw`. */
export interface RouletteLaw {
  /** `{ law, ... }`, the JSON from which the law is rebuilt. */
  readonly config: JsonObject;
  /** P(N >= k). It is positive for every k, and 1 for k <= 0. */
  survival(k: number): number;
  /**
   * The limit of P(N >= k + 1) / P(N >= k) as k grows. A series whose terms fall like L^k has a finite variance if and only if
   * L^2 is below it.
   */
  readonly tailRatio: number;
}

/**
 * Smallest p that is accepted. It suits every L up to 1 - 5e-7. Below about 1e-16, 1 - p rounds to 1 and a draw would never
 * end.
 */
export const smallestChance = 1e-6;

/**
 * The geometric law N = 1, 2, ... with P(N >= k) = (1 - p)^(k - 1) and mean 1/p.
 *
 * @param p the probability of stopping after each term, in (1e-6, 1)
 * @throws ArgumentError unless 1e-6 < p < 1.
 */
export function geometricLaw(options: { readonly p: number }): RouletteLaw {
  checkOptions("geometricLaw", options, { p: "required" });
  const { p } = options;
  checkBetween("geometricLaw: p", p, smallestChance, 1);
  return Object.freeze({
    config: { law: "geometric", p },
    survival: (k: number) => (1 - p) ** Math.max(k - 1, 0),
    tailRatio: 1 - p,
  });
}

/** Largest rate for which exp(-rate) is a normal number. */
const largestRate = 700;

/**
 * The Poisson law N = 0, 1, ... with P(N = k) = e^-rate rate^k / k! and mean `rate`. Its tail falls faster than every L^k, so a
 * roulette with it has an infinite variance for every L > 0. A few exact terms and a small spectral radius can hide this for a
 * long time.
 *
 * @throws ArgumentError unless 0 < rate < 700.
 */
export function poissonLaw(options: { readonly rate: number }): RouletteLaw {
  checkOptions("poissonLaw", options, { rate: "required" });
  const { rate } = options;
  checkBetween("poissonLaw: rate", rate, 0, largestRate);
  return Object.freeze({
    config: { law: "poisson", rate },
    survival: (k: number) => poissonSurvival(rate, k),
    tailRatio: 0,
  });
}

/** P(N >= k) of the Poisson law. The smaller of the two tails is summed, so that nothing cancels. */
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
 * Draws N `count` times, by inversion from 48 random bits each. P(N >= k) is exact up to 2^-48, so only lengths less likely
 * than that are never drawn.
 */
export function drawCounts({ survival }: RouletteLaw, random: Random, count: number): number[] {
  const uniforms = random.uniformArray(2 * count);
  return Array.from({ length: count }, (_, i) => {
    // The level is in (0, 1], and N >= k if and only if level <= P(N >= k).
    const level = 1 - (uniforms[2 * i]! + uniforms[2 * i + 1]! * 2 ** -24);
    let n = 0;
    while (survival(n + 1) >= level) n++;
    return n;
  });
}

/**
 * Rebuilds a law from its `config`, which may come from a file.
 *
 * @throws ArgumentError for anything but a configuration of a geometric or Poisson law.
 */
export function lawFromConfig(config: Json | undefined): RouletteLaw {
  const { law, p, rate } = (typeof config === "object" && config !== null ? config : {}) as JsonObject;
  if (law === "geometric") return geometricLaw({ p: p as number });
  if (law === "poisson") return poissonLaw({ rate: rate as number });
  return fail("lawFromConfig", "the configuration of a geometric or poisson law", config);
}
