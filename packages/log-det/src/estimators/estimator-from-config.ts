import { fail } from "@invertible/errors";
import type { Json, JsonObject } from "@invertible/errors";
import type { LogDetEstimator } from "./estimator.ts";
import { exactLogDet } from "./exact-log-det.ts";
import type { LogDetGradient } from "./log-det-gradient.ts";
import { neumann } from "./neumann.ts";
import type { NeumannOptions } from "./neumann.ts";
import { powerSeries } from "./power-series.ts";
import type { PowerSeriesOptions } from "./power-series.ts";
import { lawFromConfig } from "../series/roulette-law.ts";
import { russianRoulette } from "./russian-roulette.ts";
import type { RussianRouletteOptions } from "./russian-roulette.ts";
import { withGradient } from "./with-gradient.ts";

type Factories<T> = Readonly<Record<string, (config: JsonObject) => T>>;

/**
 * The estimators by name. The factories check the values, because a configuration from a file is no more trusted than an
 * argument.
 */
const estimators: Factories<LogDetEstimator> = {
  exact: ({ maxDimension }) => exactLogDet(defined({ maxDimension })),
  powerSeries: ({ terms, probes, distribution, gradient }) =>
    powerSeries(defined<PowerSeriesOptions>({ terms, probes, distribution, gradient })),
  russianRoulette: ({ law, exactTerms, variance, probes, distribution, gradient }) =>
    russianRoulette({
      ...defined<RussianRouletteOptions>({ exactTerms, variance, probes, distribution, gradient }),
      law: lawFromConfig(law),
    }),
  withGradient: ({ value, gradient }) =>
    withGradient({ value: estimatorFromConfig(value), gradient: gradientFromConfig(gradient) }),
};

const gradients: Factories<LogDetGradient> = {
  neumann: ({ terms, law, exactTerms, variance, probes, distribution }) =>
    neumann({
      ...defined<NeumannOptions>({ terms, exactTerms, variance, probes, distribution }),
      ...(law !== undefined && { law: lawFromConfig(law) }),
    } as NeumannOptions),
};

/**
 * Rebuilds an estimator from its `config`, as saved models need it.
 *
 * @throws ArgumentError for anything but a configuration of a known estimator, listing the known ones.
 */
export function estimatorFromConfig(config: Json | undefined): LogDetEstimator {
  return fromConfig("estimatorFromConfig", estimators, config);
}

function gradientFromConfig(config: Json | undefined): LogDetGradient {
  return fromConfig("estimatorFromConfig: gradient", gradients, config);
}

function fromConfig<T>(where: string, factories: Factories<T>, config: Json | undefined): T {
  const known = `the configuration of one of ${Object.keys(factories).join(", ")}`;
  if (typeof config !== "object" || config === null || Array.isArray(config)) fail(where, known, config);
  const object = config as JsonObject;
  const { name } = object;
  if (typeof name !== "string" || !Object.hasOwn(factories, name)) fail(where, known, config);
  return factories[name]!(object);
}

/** Keeps the values that are present. They are options that the factories still have to check. */
function defined<Options>(values: Readonly<Record<string, Json | undefined>>): Options {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Options;
}
