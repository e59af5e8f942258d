import { defineBijection } from "@invertible/bijection";
import { add, dispose, scalar, sub, tensor, tidy } from "@invertible/ops";
import type { BijectionDefinition } from "@invertible/bijection";
import type { Tensor, Variable } from "@invertible/ops";
import { hiddenDraw } from "../sound/altered.ts";
import { soundStarted } from "../sound/sound-started.ts";
import type { SoundStarted } from "../sound/sound-started.ts";
import type { Mutant } from "../mutant.ts";

function altered(change: (sound: SoundStarted) => Partial<BijectionDefinition>): Mutant["factory"] {
  return () => {
    const sound = soundStarted();
    return defineBijection({ ...sound, ...change(sound) });
  };
}

function put(variable: Variable, value: () => Tensor): void {
  const moved = tidy(value);
  variable.assign(moved);
  dispose(moved);
}

/** Defects of data-dependent starts. */
export const startMutants: readonly Mutant[] = [
  {
    defect: "every start moves the shift",
    law: "initialise",
    says: "shift: expected a second start with the same batch to change nothing",
    factory: altered((sound) => ({
      starter: {
        async start(x) {
          await sound.starter.start(x);
          put(sound.variables.shift, () => add(sound.variables.shift, 0.1));
        },
      },
    })),
  },
  {
    defect: "the start draws random numbers without a key",
    law: "initialise",
    says: "shift: expected the same start of two new bijections from one batch",
    factory: altered((sound) => {
      const drawn = hiddenDraw();
      return {
        starter: {
          async start(x) {
            if ((await sound.variables.started.data())[0] === 1) return;
            await sound.starter.start(x);
            put(sound.variables.shift, () => add(sound.variables.shift, drawn));
          },
        },
      };
    }),
  },
  {
    defect: "whether it has started is known outside of state",
    law: "new weights",
    says: "expected initialise to do the same in a bijection with the variables of a started one",
    factory: () => defineBijection(soundStarted({ flag: { started: false } })),
  },
  {
    defect: "a feature that does not vary gives an infinite scale",
    law: "initialise",
    says: "after initialise from one example, which was no error: expected finite numbers",
    factory: () => defineBijection(soundStarted({ floor: 0 })),
  },
  {
    defect: "what the start has seen lives outside of the variables",
    law: "new weights",
    says: "after new values were started from data and then assigned",
    factory: altered((sound) => {
      let seen = 0;
      return {
        starter: {
          async start(x) {
            if (seen === 0) seen = (await x.data())[0]!;
            put(sound.variables.started, () => scalar(1));
          },
        },
        forward: (x, call) => sound.forward(add(x, seen), call),
        inverse(y, call) {
          const { x, logDet } = sound.inverse(y, call);
          return { x: sub(x, seen), logDet };
        },
      };
    }),
  },
  {
    defect: "a start keeps a tensor",
    law: "no leaks",
    says: "initialise: expected no tensor left",
    factory: altered((sound) => ({
      starter: {
        async start(x) {
          tensor([1]);
          await sound.starter.start(x);
        },
      },
    })),
  },
];
