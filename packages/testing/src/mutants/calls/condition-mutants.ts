import { defineBijection, knownBounds } from "@invertible/bijection";
import type { LayerCall } from "@invertible/bijection";
import type { Random, Tensor } from "@invertible/ops";
import { mul, onesLike, slice, stopGradient } from "@invertible/ops";
import type { Mutant } from "../mutant.ts";
import { conditionFeatures, soundConditional } from "../sound/sound-conditional.ts";

const options = {
  condition: (batch: number, random: Random) => random.normal([batch, conditionFeatures]),
};

/** The same call with another condition. */
const given = (call: LayerCall, condition: Tensor): LayerCall => ({ ...call, condition });

/** Defects in the use of conditions. */
export const conditionMutants: readonly Mutant[] = [
  {
    defect: "the first example's condition is used for all",
    law: "independent examples",
    says: "forward's value: expected the same alone and among others",
    factory: () =>
      defineBijection(
        soundConditional((given) => mul(onesLike(given), slice(given, [0, 0], [1, conditionFeatures]))),
      ),
    options,
  },
  {
    defect: "the condition is detached from the gradient",
    law: "gradients",
    says: "gradient of condition, typical inputs: expected",
    factory: () => defineBijection(soundConditional(stopGradient)),
    options,
  },
  {
    defect: "the inverse's condition is detached from the gradient",
    law: "inverse gradients",
    says: "gradient of condition, typical inputs: expected",
    factory: () => {
      const sound = soundConditional();
      return defineBijection({
        ...sound,
        inverse: (y, call) => sound.inverse(y, given(call, stopGradient(call.condition!))),
      });
    },
    options,
  },
  {
    defect: "the inverse uses another condition",
    law: "round trip",
    says: "inverse(forward(x)), a batch of 4: expected an error",
    factory: () => {
      const sound = soundConditional();
      return defineBijection({
        ...sound,
        inverse: (y, call) => sound.inverse(y, given(call, mul(call.condition!, 1.1))),
      });
    },
    options,
  },
  {
    defect: "the certificate holds for weak conditions only",
    law: "certificate",
    says: "expected the inverse's slope to be at most",
    factory: () =>
      defineBijection({
        ...soundConditional(),
        lipschitz: knownBounds(() => ({ forward: 1.5, inverse: 1.5 })),
      }),
    options,
  },
];
