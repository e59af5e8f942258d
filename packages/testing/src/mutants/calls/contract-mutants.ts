import { defineBijection } from "@invertible/bijection";
import type { Bijection, Call } from "@invertible/bijection";
import { clone, concat, dispose, mul, ones, tidy, variable, zeros } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import type { Mutant } from "../mutant.ts";
import { soundIterative } from "../sound/sound-iterative.ts";
import { soundCoupling, soundType } from "../sound/sound-coupling.ts";
import { altered } from "../sound/altered.ts";

/** The finished layer with some of its methods replaced, past the checks of `defineBijection`. */
function overridden(change: (sound: Bijection) => object): Mutant["factory"] {
  return () => {
    const sound = defineBijection(soundCoupling());
    return { ...sound, ...change(sound) };
  };
}

let built = 0;

/** Defects of the contract around the mathematics: shapes, names, descriptions, evidence. */
export const contractMutants: readonly Mutant[] = [
  {
    defect: "the value has another shape than declared",
    law: "shapes",
    says: "forward's value: expected [1, 2, 2]",
    factory: overridden(() => ({ outputShape: [2, 2] })),
  },
  {
    defect: "the log-det is a scalar",
    law: "shapes",
    says: "forward's logDet: expected [1]",
    factory: overridden((sound) => ({
      forwardAndLogDet: (...args: Parameters<Bijection["forward"]>) => ({
        ...sound.forwardAndLogDet(...args),
        logDet: zeros([]),
      }),
    })),
  },
  {
    defect: "forward returns its input itself",
    law: "shapes",
    says: "forward: expected a tensor of its own",
    factory: overridden(() => ({
      forward: (x: Tensor) => x,
      forwardAndLogDet: (x: Tensor) => ({ y: x, logDet: zeros([x.shape[0]!]) }),
    })),
  },
  {
    defect: "forward overflows",
    law: "shapes",
    says: "forward's value: expected finite numbers",
    factory: altered((sound) => ({
      forward: (x, call) => sound.forward(mul(mul(x, 1e30), 1e30), call),
    })),
  },
  {
    defect: "the inverse does not notice a wrong shape",
    law: "wrong shapes",
    says: "y of [3, 5]: expected a ShapeError",
    factory: overridden((sound) => ({
      inverse: (y: Tensor) =>
        y.rank === 2 && y.shape[1] === 4 ? sound.inverse(y) : tidy(() => zeros([y.shape[0]!, 4])),
    })),
  },
  {
    defect: "forward keeps a tensor where an observer throws",
    law: "no leaks on errors",
    says: "forward that throws at observation 0: expected no tensor left",
    factory: overridden((sound) => ({
      forwardAndLogDet(x: Tensor, call?: Call) {
        const kept = clone(x);
        const result = sound.forwardAndLogDet(kept, call);
        dispose(kept);
        return result;
      },
    })),
  },
  {
    defect: "a wrong shape is an error that names nothing",
    law: "wrong shapes",
    says: "x of [3, 5]: expected a ShapeError",
    factory: overridden((sound) => ({
      forward(...args: Parameters<Bijection["forward"]>) {
        if (args[0].shape[1] !== 4) throw new Error("shapes do not match");
        return sound.forward(...args);
      },
    })),
  },
  {
    defect: "names count the layers built so far",
    law: "stable names",
    says: "expected the same names again",
    factory: altered((sound) => ({
      parameters: Object.fromEntries(
        Object.entries(sound.parameters!).map(([name, v]) => [`${name}_${built++}`, v]),
      ),
    })),
  },
  {
    defect: "one variable under two names",
    law: "stable names",
    says: "expected every variable under one name",
    factory: altered((sound) => ({ state: { ...sound.state, again: sound.variables.shift } })),
  },
  {
    defect: "the configuration forgets the slope",
    law: "rebuild",
    says: "forward's value: expected the same bits from the rebuilt bijection with the same variables",
    factory: () => defineBijection({ ...soundCoupling({ slope: 0.4 }), config: { slope: 0.5 } }),
    options: { types: [soundType] },
  },
  {
    defect: "a constant lives outside parameters, state and configuration",
    law: "rebuild",
    says: "expected",
    factory: () => {
      const sound = soundCoupling();
      const order = tidy(() => variable(concat([ones([2]), mul(ones([2]), 2)]), false));
      return defineBijection({
        ...sound,
        state: { ...sound.state, order },
        forward: (x, call) => sound.forward(mul(x, order), call),
      });
    },
    options: { types: [soundType] },
  },
  {
    defect: "the error bound is a tenth of what it must be",
    law: "solveInverse",
    says: "tolerance",
    factory: () => defineBijection(soundIterative({ confidence: 0.1 })),
  },
  {
    defect: "the iteration cap is silent",
    law: "iteration cap",
    says: 'expected "converged" only with an error bound',
    factory: () => defineBijection(soundIterative({ silentCap: true })),
  },
  {
    defect: "an iterative inverse without evidence",
    law: "solveInverse",
    says: "tolerance",
    factory: altered(() => ({ traits: { inverse: "iterative" } })),
  },
];
