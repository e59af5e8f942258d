import type { PublishedResult } from "./model-entry.ts";

/** Mean test log-likelihoods in nats, as tables of the literature print them. */
export interface PublishedLogLikelihoods {
  readonly power: number;
  readonly gas: number;
  readonly hepmass: number;
  readonly miniboone: number;
  readonly bsds300: number;
}

/**
 * Results on the tables of the MAF paper. They are shown beside the test NLL, and so with the opposite sign of the literature.
 *
 * @param source authors (year), arXiv number, and which of the rows there
 */
export function publishedTables(values: PublishedLogLikelihoods, source: string): PublishedResult[] {
  return Object.entries(values).map(([dataset, logLikelihood]) => ({
    dataset,
    value: (-(logLikelihood as number)).toFixed(2),
    unit: "nats",
    budget: "full budget: networks tuned for each table and trained until they stop improving",
    source,
  }));
}
