import { readCondition } from "@invertible/bijection";
import type { LayerCall } from "@invertible/bijection";
import { checkPositiveInteger } from "@invertible/errors";
import type { JsonObject } from "@invertible/errors";
import { concat, mul, ones, reshape } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";

/** @throws ArgumentError unless it is a positive integer, or 0 for no condition. */
export function checkConditionFeatures(layer: string, conditionFeatures: number): void {
  if (conditionFeatures !== 0) checkPositiveInteger(`${layer}.conditionFeatures`, conditionFeatures);
}

/** The option as JSON. A layer without a condition has the configuration that it had before the option existed. */
export function conditionConfig(conditionFeatures: number): JsonObject {
  return conditionFeatures === 0 ? {} : { conditionFeatures };
}

/** Reads the option from a configuration, which lacks it where there is no condition. */
export function readConditionFeatures(
  config: JsonObject,
  read: { number(key: string): number },
): { readonly conditionFeatures: number } {
  return {
    conditionFeatures: Object.hasOwn(config, "conditionFeatures") ? read.number("conditionFeatures") : 0,
  };
}

/**
 * Appends the condition of each example to the last axis of a network's input, [B, ..., C] -> [B, ..., C + conditionFeatures].
 * Every position of an image gets the same condition.
 *
 * @throws what `readCondition` throws, unless there are no condition features.
 */
export function besideInput(x: Tensor, call: LayerCall, conditionFeatures: number): Tensor {
  if (conditionFeatures === 0) return x;
  const condition = readCondition(call, x, [conditionFeatures]);
  const [batch, ...positions] = x.shape.slice(0, -1) as [number, ...number[]];
  if (positions.length === 0) return concat([x, condition], 1);
  const row = reshape(condition, [batch, ...positions.map(() => 1), conditionFeatures]);
  return concat([x, mul(ones([1, ...positions, 1]), row)], -1);
}
