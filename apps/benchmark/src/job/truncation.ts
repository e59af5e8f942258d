import { chainParts } from "@invertible/bijection";
import type { Bijection } from "@invertible/bijection";
import { truncationBound } from "@invertible/log-det";
import { activation, activationNames } from "@invertible/ops";
import type { ActivationName, Json, JsonObject } from "@invertible/ops";

/** What the power series of a flow's residual blocks cut off. */
export interface Truncation {
  readonly terms: number;
  readonly probes: number;
  /** Certified bound on the error of log|det| of the whole flow, nats per example: the sum over its blocks. */
  readonly bound: number;
}

/** Undefined where no block of the flow is evaluated with a power series. */
export function truncationOf(bijection: Bijection): Truncation | undefined {
  const blocks = chainParts(bijection).flatMap((part) =>
    residualBlocks({ layer: part.name, config: part.config }),
  );
  const series = blocks.filter(
    ({ evaluationLogDet }) => isObject(evaluationLogDet) && evaluationLogDet["name"] === "powerSeries",
  );
  if (series.length === 0) return undefined;
  const settings = series.map(({ branch, evaluationLogDet }) => ({
    terms: numberOf(evaluationLogDet, "terms"),
    probes: numberOf(evaluationLogDet, "probes"),
    lipschitz: lipschitzOf(branch),
    dimension: dimensionOf(branch),
  }));
  return {
    terms: Math.min(...settings.map(({ terms }) => terms)),
    probes: Math.min(...settings.map(({ probes }) => probes)),
    bound: settings.reduce((total, block) => total + truncationBound(block), 0),
  };
}

/** The configurations of all residual blocks inside a layer's description, however deep. */
function residualBlocks(description: Json): JsonObject[] {
  if (Array.isArray(description)) return description.flatMap(residualBlocks);
  if (!isObject(description)) return [];
  const { layer, config } = description;
  if (layer === "residualBlock" && isObject(config)) return [config];
  return Object.values(description).flatMap(residualBlocks);
}

/** As the branches define it: the product of the caps and of the activations' largest slopes. */
function lipschitzOf(branch: Json | undefined): number {
  if (!isObject(branch)) throw new TypeError("lipschitzOf: expected a branch, received none");
  const hidden = branch["hidden"];
  const layers = branch["branch"] === "dense" && Array.isArray(hidden) ? hidden.length + 1 : 3;
  const slopes = layers - 1 + (branch["preactivation"] === true ? 1 : 0);
  const name = activationNames.find((known: ActivationName) => known === branch["activation"]);
  if (name === undefined) throw new TypeError("lipschitzOf: expected a known activation");
  return numberOf(branch, "coefficient") ** layers * activation(name).lipschitz ** slopes;
}

function dimensionOf(branch: Json | undefined): number {
  const shape = isObject(branch) ? (branch["inputShape"] ?? [numberOf(branch, "features")]) : [];
  return (shape as readonly number[]).reduce((product, size) => product * size, 1);
}

function numberOf(value: Json | undefined, key: string): number {
  const found = isObject(value) ? value[key] : undefined;
  if (typeof found !== "number")
    throw new TypeError(`truncationOf: expected a number ${key}, received ${String(found)}`);
  return found;
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
