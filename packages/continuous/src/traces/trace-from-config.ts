import { readConfig } from "@invertible/bijection";
import type { JsonObject } from "@invertible/errors";
import { exactTrace } from "./exact-trace.ts";
import { hutchinsonTrace, probeDistributions } from "./hutchinson-trace.ts";
import type { TraceEstimator } from "./trace-estimator.ts";

/**
 * Rebuilds a trace estimator from its `config`, which may come from a file and is not trusted.
 *
 * @throws ArgumentError for an unknown name and for options out of range.
 */
export function traceFromConfig(where: string, config: JsonObject): TraceEstimator {
  const read = readConfig(where, config);
  if (read.choice("name", ["exact", "hutchinson"]) === "exact")
    return exactTrace({ maxDimension: read.number("maxDimension") });
  return hutchinsonTrace({
    probes: read.number("probes"),
    distribution: read.choice("distribution", probeDistributions),
  });
}
