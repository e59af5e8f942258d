import { defineBijection, knownBounds } from "@invertible/bijection";
import type { Bijection, LayerCall, LipschitzBounds } from "@invertible/bijection";
import { NonFiniteError, fail } from "@invertible/errors";
import { all, dispose, isFiniteElementwise, newVariable, prefixed, scalar, tidy } from "@invertible/ops";
import type { JsonObject } from "@invertible/errors";
import type { Shape, Tensor } from "@invertible/ops";
import type { ConditionerBuilder } from "../conditioners/conditioner.ts";
import { createPartition } from "./partition.ts";
import type { PassThrough } from "./partition.ts";
import { besideInput, checkConditionFeatures, conditionConfig } from "./condition-input.ts";

/** Options that all couplings share. */
export interface CouplingOptions {
  /** [features] or [H, W, C]. */
  readonly inputShape: Shape;
  /** The network, which is built for the part that passes, and for the condition if there is one. */
  readonly conditioner: ConditionerBuilder;
  /**
   * Which part passes unchanged and feeds the network.
   *
   * - "first" (default, as in Glow) and "second" halve the last axis, which must have at least two entries. The first half has floor(C / 2) of them, and
   *   the second half the rest.
   * - "even-pixels" and "odd-pixels" divide the pixels (i, j) of an image like a checkerboard, by i + j, as in Real NVP. The height and width must be
   *   even. The network sees the image with zeros in place of the other pixels.
   */
  readonly passThrough?: PassThrough;
  /**
   * The number k of values per example in `call.condition` [B, k]. The network sees them beside the part that passes, as k more
   * entries of its last axis; in an image they are the same at every pixel. Default 0, which means no condition.
   */
  readonly conditionFeatures?: number;
}

/** An invertible elementwise map of the transformed part, controlled by numbers from the network. */
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
 * Makes a coupling. One part passes unchanged and feeds the network, and the network's output determines how the other part is
 * mapped. The Jacobian is triangular, so its log-det is that of the elementwise map. The inverse evaluates the network in its
 * forward direction only.
 *
 * @throws ArgumentError for an input that cannot be divided so, a conditioner that does not fit, or a number of condition
 * features that is not an integer of at least 0.
 */
export function defineCoupling(
  name: string,
  options: CouplingOptions,
  transform: Transform,
  config: JsonObject,
): Bijection {
  const { inputShape, conditioner: build, passThrough = "first", conditionFeatures = 0 } = options;
  const partition = createPartition(name, inputShape, passThrough);
  checkConditionFeatures(name, conditionFeatures);
  const { passedShape } = partition;
  const conditioner = build({
    inputShape: [...passedShape.slice(0, -1), passedShape.at(-1)! + conditionFeatures],
    outputShape: partition.outputShape(transform.size),
  });

  // The flag is saved, so that a loaded model does not start again.
  const initialised =
    conditioner.initialise === undefined ? undefined : newVariable([], () => scalar(0), false);

  const networkInput = (passed: Tensor, call: LayerCall) => besideInput(passed, call, conditionFeatures);
  const numbersFor = (passed: Tensor, call: LayerCall) =>
    partition.numbers(conditioner.value(networkInput(passed, call)));

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
      const { passed, other } = partition.divide(x);
      const { y, logDet } = transform.forward(other, numbersFor(passed, call));
      return { y: partition.join(passed, y), logDet };
    },
    inverse(y, call) {
      const { passed, other } = partition.divide(y);
      const { x, logDet } = transform.inverse(other, numbersFor(passed, call));
      return { x: partition.join(passed, x), logDet };
    },
    ...(bounds && certify && { lipschitz: knownBounds(async () => bounds(await certify())) }),
    ...(initialised && {
      starter: {
        async start(x, call) {
          if ((await initialised.data())[0] === 1) return;
          await checkStart(`${call.where} x`, x);
          tidy(() => {
            conditioner.initialise?.(networkInput(partition.divide(x).passed, call));
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
