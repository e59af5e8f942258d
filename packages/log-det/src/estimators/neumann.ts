import { checkOptions } from "@invertible/errors";
import { checkProducts, checkTerms } from "../series/limits.ts";
import type { JsonObject } from "@invertible/errors";
import type { Random } from "@invertible/ops";
import { checkContraction } from "./estimator.ts";
import type { ContractionBounds } from "./estimator.ts";
import type { LogDetGradient, LogDetSurrogate } from "./log-det-gradient.ts";
import { probesOf } from "../series/probes.ts";
import type { ProbeOptions } from "../series/probes.ts";
import type { LogDetProblem } from "../problem.ts";
import { rouletteOf } from "../series/roulette.ts";
import type { DrawnLengths } from "../series/drawn-lengths.ts";
import type { RouletteOptions } from "../series/roulette.ts";
import { alternating, neumannSurrogate } from "../series/series-gradients.ts";

/** Options of `neumann` for a series of fixed length. */
export interface TruncatedNeumannOptions extends ProbeOptions {
  /** The number n of terms: u = sum_{k < n} (-1)^k J^k v. This takes n products in all. */
  readonly terms: number;
}

/** Options of `neumann` for a series of random length: u = sum_{k <= m + N} (-1)^k J^k v / P(m + N >= k). */
export interface RouletteNeumannOptions extends RouletteOptions, ProbeOptions {}

/** Options of `neumann`: a series of fixed or of random length. */
export type NeumannOptions = TruncatedNeumannOptions | RouletteNeumannOptions;

/**
 * Estimates the gradient of log det(I + J) by a Neumann series. It is the gradient of s = <v, J u>, where u ~ (I + J)^-1 v is
 * held constant:
 *
 *     d log det(I + J) = tr((I + J)^-1 dJ) = E <v, dJ (I + J)^-1 v>,    E[vv'] = I.
 *
 * The series for (I + J)^-1 is truncated or of random length. Only one product is recorded, whatever the length, so memory does
 * not grow with it. The value of s is not a log-det; use `withGradient` to report another estimator's value. `powerSeries` and
 * `russianRoulette` already compute their gradients in this way. Use `neumann` on its own if value and gradient need series of
 * different lengths, or the value comes from `exactLogDet`.
 *
 * After n terms, the truncated gradient with respect to J is off by at most L^n / (1 - L) in operator norm.
 *
 * @throws ArgumentError as `powerSeries` and `russianRoulette` do.
 * @see Chen et al. (2019), arXiv:1906.02735, theorem 2, which multiplies by J' on the left
 */
export function neumann(options: NeumannOptions): LogDetGradient {
  checkOptions("neumann", options, {
    terms: "optional",
    probes: "optional",
    distribution: "optional",
    law: "optional",
    exactTerms: "optional",
    variance: "optional",
  });
  const probes = probesOf("neumann", options);
  const { kind, config, meanTerms, bias, check, lengths, gradient } =
    "terms" in options ? truncated(options) : random(options);
  checkProducts("neumann", meanTerms, probes.count);
  return Object.freeze({
    name: "neumann",
    kind,
    config: { name: "neumann", ...config, ...probes.config },
    bias,
    check(bounds: ContractionBounds): void {
      check(bounds);
      probes.check(bounds);
    },
    surrogate(problem: LogDetProblem): LogDetSurrogate {
      const probe = probes.draw(problem.random, problem.batch, problem.shape);
      const series = { ...lengths(problem.random, probes.count, problem.batch), gradient };
      return { surrogate: neumannSurrogate(problem, probe, series) };
    },
  });
}

interface NeumannTerms extends Pick<LogDetGradient, "kind" | "bias" | "check"> {
  readonly config: JsonObject;
  /** How many products it takes on average. */
  readonly meanTerms: number;
  /** The number of products before the recorded one, for each probe, with the longest first. */
  lengths(random: Random, probes: number, batch: number): DrawnLengths;
  /** The weight of J^k v in u. */
  gradient(k: number): number;
}

function truncated({ terms }: TruncatedNeumannOptions): NeumannTerms {
  checkTerms("neumann: terms", terms, 1);
  return {
    kind: "biased",
    config: { terms },
    meanTerms: terms,
    bias({ lipschitz, dimension }) {
      checkContraction("neumann", { lipschitz, dimension });
      return lipschitz ** terms / (1 - lipschitz);
    },
    check: (bounds: ContractionBounds) => checkContraction("neumann", bounds),
    lengths: (_, probes) => ({ lengths: Array<number>(probes).fill(terms - 1) }),
    gradient: alternating,
  };
}

function random(options: RouletteNeumannOptions): NeumannTerms {
  const roulette = rouletteOf("neumann", options);
  return {
    kind: "unbiased",
    config: roulette.config,
    meanTerms: roulette.meanTerms,
    bias: () => 0,
    check: (bounds) => roulette.check(bounds),
    lengths: (random, probes, batch) => roulette.draw(random, probes, batch),
    gradient: (k) => alternating(k) * roulette.coefficient(k),
  };
}
