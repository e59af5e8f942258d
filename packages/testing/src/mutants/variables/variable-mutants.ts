import { chain, defineBijection } from "@invertible/bijection";
import { add, dispose, keep, mul, ones, sub, tensor, tidy, variable, zeros } from "@invertible/ops";
import type { Tensor, Variable } from "@invertible/ops";
import { altered, hiddenDraw } from "../sound/altered.ts";
import { soundCoupling } from "../sound/sound-coupling.ts";
import type { SoundCoupling } from "../sound/sound-coupling.ts";
import type { Mutant } from "../mutant.ts";

/** The sound layer with something added to its values. */
function offset(
  by: () => Tensor,
  more: (by: Tensor, sound: SoundCoupling) => object = () => ({}),
): Mutant["factory"] {
  return altered((sound) => {
    const added = by();
    return {
      ...more(added, sound),
      forward(x, call) {
        const { y, logDet } = sound.forward(x, call);
        return { y: add(y, added), logDet };
      },
      inverse: (y, call) => sound.inverse(sub(y, added), call),
    };
  });
}

let shared: Variable | undefined;
let built = 0;

/** A shift that a start draws without being told a seed. */
function drawn(values: () => number[]): Mutant["factory"] {
  return altered((sound) => {
    const value = tensor(values());
    sound.variables.shift.assign(value);
    dispose(value);
    return {};
  });
}

/** Defects of where variables live, how long, and how they start. */
export const variableMutants: readonly Mutant[] = [
  {
    defect: "a variable is in neither list",
    law: "variables",
    says: "after a build and disposeBijection: expected no tensor left, received 1",
    factory: offset(() => tidy(() => variable(ones([4])))),
  },
  {
    defect: "a kept tensor holds a constant",
    law: "variables",
    says: "after a build and disposeBijection: expected no tensor left, received 1",
    factory: offset(() => tidy(() => keep(mul(ones([4]), 2)))),
  },
  {
    defect: "a variable is a parameter and state",
    law: "stable names",
    says: "expected every variable under one name, received one under shift and offset",
    factory: altered((sound) => ({ state: { ...sound.state, offset: sound.variables.shift } })),
  },
  {
    defect: "twins share a variable",
    law: "variables",
    says: "offset: expected a variable of each bijection's own",
    factory: offset(
      () => {
        if (shared === undefined || shared.isDisposed) shared = tidy(() => variable(zeros([4])));
        return shared;
      },
      (added, { parameters }) => ({ parameters: { ...parameters, offset: added as Variable } }),
    ),
  },
  {
    defect: "a trainable variable is called state",
    law: "variables",
    says: "state offset: expected a variable with trainable: false",
    factory: offset(
      () => tidy(() => variable(zeros([4]))),
      (added, { state }) => ({ state: { ...state, offset: added as Variable } }),
    ),
  },
  {
    defect: "a parameter is not trainable",
    law: "variables",
    says: "parameter offset: expected a trainable variable",
    factory: altered((sound) => {
      const added = tidy(() => variable(zeros([4]), false));
      return { parameters: { ...sound.parameters, offset: added } };
    }),
  },
  {
    defect: "the start is drawn without a seed",
    law: "variables",
    says: "shift: expected the same numbers at the start of two bijections",
    factory: drawn(() => [hiddenDraw(), hiddenDraw()]),
  },
  {
    defect: "the start counts the bijections built before",
    law: "variables",
    says: "shift: expected the same numbers at the start of two bijections",
    factory: drawn(() => [built++, 0]),
  },
  {
    defect: "a number drawn at the start is in no variable",
    law: "variables",
    says: "forward's value at the start: expected the same bits of two bijections",
    factory: altered((sound) => {
      const factor = 1 + hiddenDraw();
      return {
        forward: (x, call) => sound.forward(mul(x, factor), call),
        inverse(y, call) {
          const { x, logDet } = sound.inverse(y, call);
          return { x: mul(x, 1 / factor), logDet };
        },
      };
    }),
  },
  {
    defect: "a composite names its parts' variables without a prefix, so that some are lost",
    law: "variables",
    says: "parameters: expected those of the part 0 under its prefix",
    factory() {
      const [first, second] = [defineBijection(soundCoupling()), defineBijection(soundCoupling())];
      const whole = chain([first, second]);
      return { ...whole, parameters: { ...first.parameters, ...second.parameters } };
    },
  },
];
