import { defineBijection, knownBounds } from "@invertible/bijection";
import type { Bijection, LayerCall, LipschitzBounds } from "@invertible/bijection";
import { NonFiniteError, checkShape, fail } from "@invertible/errors";
import {
  all,
  concat,
  dispose,
  isFiniteElementwise,
  newVariable,
  prefixed,
  scalar,
  split,
  tidy,
} from "@invertible/ops";
import type { JsonObject } from "@invertible/errors";
import type { Shape, Tensor } from "@invertible/ops";
import type { ConditionerBuilder } from "../conditioners/conditioner.ts";
import { besideInput, checkConditionFeatures, conditionConfig } from "./condition-input.ts";

/** Options that all couplings share. */
export interface CouplingOptions {
  /**
   * [features] or [H, W, C]. The last axis must have at least two entries. It is halved: the first half has floor(C / 2)
   * entries, and the second half the rest.
   */
  readonly inputShape: Shape;
  /** The network, which is built for the half that passes, and for the condition if there is one. */
  readonly conditioner: ConditionerBuilder;
  /** Which half passes unchanged and feeds the network. Default "first", as in Glow. */
  readonly passThrough?: "first" | "second";
  /**
   * The number k of values per example in `call.condition` [B, k]. The network sees them beside the half that passes, as k more
   * entries of its last axis; in an image they are the same at every pixel. Default 0, which means no condition.
   */
  readonly conditionFeatures?: number;
}

/** An invertible elementwise map of the transformed half, controlled by numbers from the network. */
export interface Transform {
  /** How many numbers the network gives for each transformed entry. */
  readonly size: number;
  /** Maps x [B, ..., C] with numbers [B, ..., C * size], whose order is the map's own choice. logDet is [B]. */
  forward(x: Tensor, numbers: Tensor): { y: Tensor; logDet: () => Tensor };
  /** Maps y back to x, with the same numbers. */
  inverse(y: Tensor, numbers: Tensor): { x: Tensor; logDet: () => Tensor };
  /**
   * Lipschitz bounds of the whole coupling, for a network of this Lipschitz constant. Absent where the constant of the network
   * does not determine them.
   */
  bounds?(network: number): LipschitzBounds;
}

/**
 * Makes a coupling. One half passes unchanged and feeds the network, and the network's output determines how the other half is
 * mapped. The Jacobian is triangular, so its log-det is that of the elementwise map. The inverse evaluates the network in its
 * forward direction only.
 *
 * @throws ArgumentError for fewer than two entries on the last axis, a conditioner that does not fit, or a number of condition
 * features that is not an integer of at least 0.
 */
export function defineCoupling(
  name: string,
  options: CouplingOptions,
  transform: Transform,
  config: JsonObject,
): Bijection {
  const { inputShape, conditioner: build, passThrough = "first", conditionFeatures = 0 } = options;
  checkShape(`${name}.inputShape`, inputShape);
  checkConditionFeatures(name, conditionFeatures);
  if (passThrough !== "first" && passThrough !== "second")
    fail(`${name}.passThrough`, `"first" or "second"`, passThrough);
  const channels = inputShape.at(-1) ?? 0;
  if (channels < 2)
    fail(
      `${name}.inputShape`,
      "at least 2 on the last axis, one half to pass and one to transform",
      inputShape,
    );
  const first = Math.floor(channels / 2);
  const sizes = [first, channels - first];
  const [passing, transformed] = passThrough === "first" ? [0, 1] : [1, 0];
  const shapeOf = (size: number) => [...inputShape.slice(0, -1), size];
  const conditioner = build({
    inputShape: shapeOf(sizes[passing]! + conditionFeatures),
    outputShape: shapeOf(sizes[transformed]! * transform.size),
  });

  // The flag is saved, so that a loaded model does not start again.
  const initialised =
    conditioner.initialise === undefined ? undefined : newVariable([], () => scalar(0), false);

  const halves = (x: Tensor) => {
    const parts = split(x, sizes, -1);
    return { passed: parts[passing]!, other: parts[transformed]! };
  };
  const networkInput = (passed: Tensor, call: LayerCall) => besideInput(passed, call, conditionFeatures);
  const join = (passed: Tensor, other: Tensor) =>
    concat(passing === 0 ? [passed, other] : [other, passed], -1);

  const { bounds } = transform;
  const { certify } = conditioner;
  return defineBijection({
    name,
    inputShape,
    outputShape: inputShape,
    parameters: prefixed("conditioner", conditioner.parameters),
    state: initialised === undefined ? {} : { initialised },
    config: {
      inputShape: [...inputShape],
      passThrough,
      ...conditionConfig(conditionFeatures),
      ...config,
      conditioner: { conditioner: conditioner.name, config: conditioner.config },
    },
    forward(x, call) {
      const { passed, other } = halves(x);
      const { y, logDet } = transform.forward(other, conditioner.value(networkInput(passed, call)));
      return { y: join(passed, y), logDet };
    },
    inverse(y, call) {
      const { passed, other } = halves(y);
      const { x, logDet } = transform.inverse(other, conditioner.value(networkInput(passed, call)));
      return { x: join(passed, x), logDet };
    },
    ...(bounds && certify && { lipschitz: knownBounds(async () => bounds(await certify())) }),
    ...(initialised && {
      starter: {
        async start(x, call) {
          if ((await initialised.data())[0] === 1) return;
          await checkStart(`${call.where} x`, x);
          tidy(() => {
            conditioner.initialise?.(networkInput(halves(x).passed, call));
            initialised.assign(scalar(1));
          });
        },
      },
    }),
  });
}

/** Checks the first batch. A network starts only once, so one that started from NaN would stay there. */
async function checkStart(where: string, x: Tensor): Promise<void> {
  if (x.size === 0) fail(where, "at least one example", 0);
  const flag = tidy(() => all(isFiniteElementwise(x)));
  try {
    if ((await flag.data())[0] !== 1)
      throw new NonFiniteError(`${where}: expected finite values, received NaN or infinity`);
  } finally {
    dispose(flag);
  }
}
