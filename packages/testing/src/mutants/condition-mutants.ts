import { defineBijection } from "@invertible/bijection";
import type { Random } from "@invertible/ops";
import { mul, onesLike, slice, stopGradient } from "@invertible/ops";
import type { Mutant } from "./mutant.ts";
import { conditionFeatures, soundConditional } from "./sound-conditional.ts";

const options = {
  condition: (batch: number, random: Random) => random.normal([batch, conditionFeatures]),
};

/** Defects in the use of conditions. */
export const conditionMutants: readonly Mutant[] = [
  {
    defect: "the first example's condition is used for all",
    law: "independent examples",
    factory: () =>
      defineBijection(
        soundConditional((given) => mul(onesLike(given), slice(given, [0, 0], [1, conditionFeatures]))),
      ),
    options,
  },
  {
    defect: "the condition is detached from the gradient",
    law: "gradients",
    factory: () => defineBijection(soundConditional(stopGradient)),
    options,
  },
  {
    defect: "the inverse's condition is detached from the gradient",
    law: "inverse gradients",
    factory: () => {
      const sound = soundConditional();
      return defineBijection({
        ...sound,
        inverse: (y, context) =>
          sound.inverse(y, { ...context, condition: stopGradient(context.condition!) }),
      });
    },
    options,
  },
  {
    defect: "the inverse uses another condition",
    law: "round trip",
    factory: () => {
      const sound = soundConditional();
      return defineBijection({
        ...sound,
        inverse: (y, context) => sound.inverse(y, { ...context, condition: mul(context.condition!, 1.1) }),
      });
    },
    options,
  },
  {
    defect: "the certificate holds for weak conditions only",
    law: "certificate",
    factory: () =>
      defineBijection({
        ...soundConditional(),
        certify: () => Promise.resolve({ forward: 1.5, inverse: 1.5 }),
      }),
    options,
  },
];
