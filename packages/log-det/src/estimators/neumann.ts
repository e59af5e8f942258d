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
import type { RouletteOptions } from "../series/roulette.ts";
import { alternating, neumannSurrogate } from "../series/series-gradients.ts";

export interface TruncatedNeumannOptions extends ProbeOptions {
  /** n: u = sum_{k < n} (-1)^k J^k v, n products in all. */
  readonly terms: number;
}

/** u = sum_{k <= m + N} (-1)^k J^k v / P(m + N >= k) */
export interface RouletteNeumannOptions extends RouletteOptions, ProbeOptions {}

export type NeumannOptions = TruncatedNeumannOptions | RouletteNeumannOptions;

/**
 * The gradient of log det(I + J) as that of s = <v, J u>, u ~ (I + J)^-1 v held constant:
 *
 *     d log det(I + J) = tr((I + J)^-1 dJ) = E <v, dJ (I + J)^-1 v>,    E[vv'] = I,
 *
 * with (I + J)^-1 as a Neumann series, truncated or of random length. One recorded product, whatever the length. s is no log-det,
 * so this is no estimator of one: combine it by `withGradient`. (`powerSeries` and `russianRoulette` already take their
 * gradients this way; alone it serves a value from elsewhere, longer, rarer or exact.)
 *
 * Truncated after n terms, the gradient with respect to J is off by at most L^n / (1 - L) in operator norm.
 *
 * @throws ArgumentError as `powerSeries` and `russianRoulette` do.
 * @see Chen et al. (2019), arXiv:1906.02735, theorem 2, there by products with J' on the left
 */
export function neumann(options: NeumannOptions): LogDetGradient {
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
      const series = { lengths: lengths(problem.random, probes.count), gradient };
      return { surrogate: neumannSurrogate(problem, probe, series) };
    },
  });
}

interface NeumannTerms extends Pick<LogDetGradient, "kind" | "bias" | "check"> {
  readonly config: JsonObject;
  readonly meanTerms: number;
  /** Products before the recorded one, longest first. */
  lengths(random: Random, probes: number): readonly number[];
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
    lengths: (_, probes) => Array<number>(probes).fill(terms - 1),
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
    lengths: (random, probes) => roulette.draw(random, probes),
    gradient: (k) => alternating(k) * roulette.coefficient(k),
  };
}
