import type { BijectionDefinition, LipschitzControl } from "@invertible/bijection";
import {
  add,
  concat,
  dispose,
  maximum,
  minimum,
  mul,
  ones,
  slice,
  sub,
  tidy,
  variable,
  zeros,
} from "@invertible/ops";
import type { Tensor, Variable } from "@invertible/ops";

/** Largest |weight| after `enforce`. */
const weightLimit = 0.5;

/** What `soundEnforced` claims of its map and of its inverse after `enforce`. */
export const enforcedLimit = constantOf(weightLimit);

export interface SoundEnforced extends BijectionDefinition {
  readonly weight: Variable;
  readonly lipschitz: LipschitzControl;
}

/**
 * The shear y1 = x1, y2 = x2 + weight * x1 on [4], whose Lipschitz constants are known in closed form; `enforce` holds
 * every |weight| at or below 0.5.
 */
export function soundEnforced(): SoundEnforced {
  const weight = tidy(() => variable(ones([2])));
  const half = (x: Tensor, at: number) => slice(x, [0, at], [x.shape[0]!, 2]);
  const noChange = (x: Tensor) => zeros([x.shape[0]!]);
  return {
    weight,
    name: "soundEnforced",
    inputShape: [4],
    outputShape: [4],
    parameters: { weight },
    config: {},
    forward: (x) => ({
      y: concat([half(x, 0), add(half(x, 2), mul(half(x, 0), weight))], 1),
      logDet: () => noChange(x),
    }),
    inverse: (y) => ({
      x: concat([half(y, 0), sub(half(y, 2), mul(half(y, 0), weight))], 1),
      logDet: () => noChange(y),
    }),
    lipschitz: {
      refresh: async () => undefined,
      async certify() {
        const constant = constantOf(Math.max(...Array.from(await weight.data(), Math.abs)));
        return { forward: constant, inverse: constant };
      },
      async enforce() {
        const limited = tidy(() => maximum(minimum(weight, weightLimit), -weightLimit));
        weight.assign(limited);
        dispose(limited);
      },
    },
  };
}

/** Norm of [1 0; w 1], which is that of its inverse: (|w| + sqrt(w^2 + 4)) / 2, rounded up. */
function constantOf(weight: number): number {
  return ((weight + Math.sqrt(weight ** 2 + 4)) / 2) * (1 + 2 ** -50);
}
