import { chain, defineBijection, knownBounds } from "@invertible/bijection";
import type { Bijection, Call } from "@invertible/bijection";
import { abs, add, cast, dispose, greater, maximum, minimum, mul, tidy, where, zeros } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import { altered } from "../sound/altered.ts";
import { enforcedLimit, soundEnforced } from "../sound/sound-enforced.ts";
import type { SoundEnforced } from "../sound/sound-enforced.ts";
import { soundEstimated } from "../sound/sound-estimated.ts";
import { soundIterative } from "../sound/sound-iterative.ts";
import type { Mutant } from "../mutant.ts";

const claims = { forward: enforcedLimit, inverse: enforcedLimit };

/** The shear whose `enforce` does something else to its weight. */
function enforcing(change: (weight: Tensor) => Tensor): Mutant["factory"] {
  return () => {
    const sound: SoundEnforced = soundEnforced();
    return defineBijection({
      ...sound,
      lipschitz: {
        ...sound.lipschitz,
        async enforce() {
          const value = tidy(() => change(sound.weight));
          sound.weight.assign(value);
          dispose(value);
        },
      },
    });
  };
}

/** A chain of two whose calls go to the children as `given` says. */
function composite(make: () => Bijection, given: (call: Call, key: string) => Call): Mutant["factory"] {
  return () => {
    const [first, second] = [make(), make()];
    const both = (x: Tensor, call: Call) => {
      const there = first.forwardAndLogDet(x, given(call, "0"));
      const rest = second.forwardAndLogDet(there.y, given(call, "1"));
      return { y: rest.y, logDet: add(there.logDet, rest.logDet) };
    };
    return {
      ...chain([first, second]),
      forward: (x, call = {}) => tidy(() => both(x, call).y),
      forwardAndLogDet: (x, call = {}) => tidy(() => both(x, call)),
    };
  };
}

/** Defects that hide near the start weights, behind a composite, or in the type of a number. */
export const strengthMutants: readonly Mutant[] = [
  {
    defect: "the certificate holds for weights near the start only",
    law: "certificate",
    says: "expected forward's slope to be at most 2.5",
    factory: () =>
      defineBijection({ ...soundEnforced(), lipschitz: knownBounds(() => ({ forward: 2.5, inverse: 2.5 })) }),
  },
  {
    defect: "enforce halves a weight once, however large",
    law: "enforce",
    says: "expected forward within the claimed",
    factory: enforcing((weight) => where(greater(abs(weight), 0.5), mul(weight, 0.4), weight)),
    options: { claims },
  },
  {
    defect: "enforce scales weights that are small enough",
    law: "enforce",
    says: "weight: expected enforce to leave weights that are within the claims",
    factory: enforcing((weight) =>
      mul(maximum(minimum(weight, 0.5), -0.5), cast(greater(abs(weight), 0.1), "float32")),
    ),
    options: { claims },
  },
  {
    defect: "a composite gives two children one key",
    law: "keys",
    says: "expected every part to get a key of its own, received one for 0 and 1",
    factory: composite(
      () => defineBijection(soundEstimated()),
      (call, key) => ({ ...call, trace: { ...call.trace, path: key } }),
    ),
  },
  {
    defect: "a composite loses the evidence of a child",
    law: "solveInverse",
    says: 'within the path "outer": expected evidence of outer.0, outer.1, received outer.0',
    factory() {
      const [first, second] = [defineBijection(soundIterative()), defineBijection(soundIterative())];
      return {
        ...chain([first, second]),
        solver: {
          methods: ["banach"],
          async solve(y, call = {}) {
            const path = call.trace?.path ? `${call.trace.path}.0` : "0";
            const middle = await second.solver!.solve(y, call);
            const solved = await first.solver!.solve(middle.x, { ...call, trace: { ...call.trace, path } });
            dispose(middle.x);
            return solved;
          },
        },
      };
    },
  },
  {
    defect: "the log-det is an integer",
    law: "shapes",
    says: "forward's logDet: expected float32, received int32",
    factory: altered((sound) => ({
      forward: (x, call) => ({ ...sound.forward(x, call), logDet: () => zeros([x.shape[0]!], "int32") }),
    })),
  },
  {
    defect: "the inverse gives integers",
    law: "shapes",
    says: "inverse's value: expected float32, received int32",
    factory: altered((sound) => ({
      inverse: (y, call) => ({ ...sound.inverse(y, call), x: cast(sound.inverse(y, call).x, "int32") }),
    })),
  },
];
