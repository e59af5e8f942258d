import { defineBijection } from "@invertible/bijection";
import type { LipschitzControl } from "@invertible/bijection";
import { add, dispose, mul, scalar, tidy } from "@invertible/ops";
import type { Mutant } from "../mutant.ts";
import { enforcedLimit, soundEnforced } from "../sound/sound-enforced.ts";
import type { SoundEnforced } from "../sound/sound-enforced.ts";
import { soundIterative } from "../sound/sound-iterative.ts";
import { solving } from "../sound/solving.ts";

function alteredProof(change: (sound: SoundEnforced) => Partial<LipschitzControl>): Mutant["factory"] {
  return () => {
    const sound = soundEnforced();
    return defineBijection({ ...sound, lipschitz: { ...sound.lipschitz, ...change(sound) } });
  };
}

function assigned({ weight }: SoundEnforced, value: () => ReturnType<typeof add>): void {
  const moved = tidy(value);
  weight.assign(moved);
  dispose(moved);
}

/** Defects of certificates and of what stands on them. */
export const certificateMutants: readonly Mutant[] = [
  {
    defect: "the certificate of a contraction with 0.3 where 0.5 is true",
    law: "certificate",
    says: "expected forward's slope to be at most",
    factory: () => defineBijection(soundIterative({ claimedLipschitz: 0.3 })),
  },
  {
    defect: "the certificate is that of the weights at the start",
    law: "certificate",
    says: "expected forward's slope to be at most",
    factory: () => {
      const sound = soundEnforced();
      const atStart = sound.lipschitz.certify();
      return defineBijection({ ...sound, lipschitz: { ...sound.lipschitz, certify: () => atStart } });
    },
  },
  {
    defect: "the inverse's constant is the reciprocal of the map's",
    law: "certificate",
    says: "expected the inverse's slope to be at most",
    factory: alteredProof((sound) => ({
      async certify() {
        const { forward } = await sound.lipschitz.certify();
        return { forward, inverse: 1 / forward };
      },
    })),
  },
  {
    defect: "the certificate is 1 % too small",
    law: "certificate",
    says: "expected forward's slope to be at most",
    factory: alteredProof((sound) => ({
      async certify() {
        const { forward, inverse } = await sound.lipschitz.certify();
        return { forward: 0.99 * forward, inverse };
      },
    })),
  },
  {
    defect: "the certificate is NaN",
    law: "certificate",
    says: "expected Lipschitz constants above 0",
    factory: alteredProof(() => ({ certify: async () => ({ forward: NaN, inverse: NaN }) })),
  },
  {
    defect: "certify changes a parameter",
    law: "state",
    says: "weight: expected no call to change it",
    factory: alteredProof((sound) => ({
      async certify() {
        const bounds = await sound.lipschitz.certify();
        assigned(sound, () => add(sound.weight, 1e-3));
        return bounds;
      },
    })),
  },
  {
    defect: "certify keeps a tensor",
    law: "no leaks",
    says: "certify: expected no tensor left",
    factory: alteredProof((sound) => ({ certify: () => (scalar(1), sound.lipschitz.certify()) })),
  },
  {
    defect: "enforce keeps a tensor",
    law: "no leaks",
    says: "enforce: expected no tensor left",
    factory: alteredProof((sound) => ({ enforce: () => (scalar(1), sound.lipschitz.enforce()) })),
  },
  {
    defect: "enforce does nothing",
    law: "enforce",
    says: "expected forward within the claimed",
    factory: alteredProof(() => ({ enforce: async () => undefined })),
    options: { claims: { forward: enforcedLimit } },
  },
  {
    defect: "enforce lets a constant grow",
    law: "enforce",
    says: "soundEnforced (): expected enforce to keep forward at or below",
    factory: alteredProof((sound) => ({
      enforce: async () => assigned(sound, () => mul(sound.weight, 1.1)),
    })),
  },
  {
    defect: "enforce scales again what it has scaled already",
    law: "enforce",
    says: "weight: expected a second enforce to leave it",
    factory: alteredProof((sound) => ({
      enforce: async () => assigned(sound, () => mul(sound.weight, 0.5)),
    })),
  },
  {
    defect: "enforce breaks the inverse",
    law: "enforce",
    says: "inverse(forward(x)) after enforce: expected an error",
    factory: () => {
      const sound = soundEnforced();
      let offset = 0;
      return defineBijection({
        ...sound,
        inverse: (y, call) => sound.inverse(add(y, offset), call),
        lipschitz: {
          ...sound.lipschitz,
          enforce: async () => ((offset = 0.1), sound.lipschitz.enforce()),
        },
      });
    },
  },
  {
    defect: "the error bound of one row is a tenth of what it must be",
    law: "solveInverse",
    says: "tolerance",
    factory: () => defineBijection(soundIterative({ confidenceOfFirstRow: 0.1 })),
  },
  {
    defect: "evidence of fewer rows than the batch has",
    law: "solveInverse",
    says: "tolerance",
    factory: solving((solve) => async (y, call, options) => {
      const { x, evidence } = await solve(y, call, options);
      return { x, evidence: evidence.map((entry) => ({ ...entry, rows: entry.rows.slice(1) })) };
    }),
  },
  {
    defect: "evidence of a Lipschitz constant of 1",
    law: "solveInverse",
    says: "tolerance",
    factory: () => defineBijection(soundIterative({ claimedLipschitz: 1 })),
  },
];
