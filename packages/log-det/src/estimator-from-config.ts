import { fail } from "@invertible/ops";
import type { Json, JsonObject } from "@invertible/ops";
import type { LogDetEstimator } from "./estimator.ts";
import { exact } from "./exact.ts";
import { powerSeries } from "./power-series.ts";
import type { PowerSeriesOptions } from "./power-series.ts";

/** Checks of the values are left to the factories: a configuration from a file is as untrusted as an argument. */
const factories: Readonly<Record<string, (config: JsonObject) => LogDetEstimator>> = {
  exact: ({ maxDimension }) =>
    exact(maxDimension === undefined ? {} : { maxDimension: maxDimension as number }),
  powerSeries: ({ terms, probes, distribution, gradient }) =>
    powerSeries(defined({ terms, probes, distribution, gradient }) as unknown as PowerSeriesOptions),
};

/**
 * Rebuilds an estimator from its `config`.
 * @throws ArgumentError for anything but a configuration of a known estimator, listing the known ones.
 */
export function estimatorFromConfig(config: Json | undefined): LogDetEstimator {
  const known = `the configuration of one of ${Object.keys(factories).join(", ")}`;
  if (typeof config !== "object" || config === null || Array.isArray(config))
    fail("estimatorFromConfig", known, config);
  const object = config as JsonObject;
  const { name } = object;
  if (typeof name !== "string" || !Object.hasOwn(factories, name)) fail("estimatorFromConfig", known, config);
  return factories[name]!(object);
}

function defined(values: Readonly<Record<string, Json | undefined>>): JsonObject {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as JsonObject;
}
