import { defineBijection, readConfig } from "@invertible/bijection";
import type { LayerType } from "@invertible/bijection";
import { add, mul } from "@invertible/ops";
import { altered } from "../sound/altered.ts";
import { soundCoupling } from "../sound/sound-coupling.ts";
import { soundIterative } from "../sound/sound-iterative.ts";
import { soundStarted } from "../sound/sound-started.ts";
import type { Mutant } from "../mutant.ts";

/** Its log-det is an estimate in training, with a factor that only training reads. */
function trainedWith(noise: number) {
  const sound = soundCoupling();
  return defineBijection({
    ...sound,
    name: "trained",
    config: { noise },
    forward(x, call) {
      const { y, logDet } = sound.forward(x, call);
      const estimated = () => add(logDet(), mul(call.random.rademacher([x.shape[0]!]), noise));
      return { y, logDet: call.training ? estimated : logDet };
    },
  });
}

const layerType = (layer: string, build: LayerType["build"]): { readonly types: readonly LayerType[] } => ({
  types: [{ layer, build }],
});

/** Defects of descriptions: options that are lost, and files that nobody checks. */
export const configurationMutants: readonly Mutant[] = [
  {
    defect: "an option that only training reads is lost",
    law: "rebuild",
    says: "forward's logDet in training: expected the same bits from the rebuilt bijection",
    factory: () => trainedWith(0.5),
    options: layerType("trained", ({ noise }) => {
      const copy = trainedWith(0.1);
      return { ...copy, config: { noise: noise! } };
    }),
  },
  {
    defect: "an option that only the start reads is lost",
    law: "rebuild",
    says: "after initialise from",
    factory: () => defineBijection({ ...soundStarted({ floor: 2 }), config: {} }),
    options: layerType("soundStarted", () => defineBijection({ ...soundStarted(), config: {} })),
  },
  {
    defect: "an option that only the solver reads is lost",
    law: "rebuild",
    says: "solveInverse, default: expected the same x and evidence",
    factory: () => defineBijection(soundIterative({ confidence: 2 })),
    options: layerType("soundIterative", () => defineBijection(soundIterative())),
  },
  {
    defect: "a number in config that JSON has no word for",
    law: "configuration",
    says: "config sound.limit: expected a finite number, received Infinity",
    factory: altered(() => ({ config: { slope: 0.5, limit: Infinity } })),
  },
  {
    defect: "the layer type validates nothing",
    law: "configuration",
    says: "expected its layer type to throw an ArgumentError, received a layer",
    factory: () => defineBijection(soundCoupling()),
    options: layerType("sound", ({ slope }) => defineBijection(soundCoupling({ slope: slope as number }))),
  },
  {
    defect: "the layer type takes text for a number",
    law: "configuration",
    says: 'sound.slope of "0.5": expected its layer type to throw an ArgumentError',
    factory: () => defineBijection(soundCoupling()),
    options: layerType("sound", (config) => {
      const { slope } = config;
      const value = typeof slope === "string" ? Number(slope) : readConfig("sound", config).number("slope");
      return defineBijection(
        soundCoupling({ slope: Number.isNaN(value) ? readConfig("sound", config).number("slope") : value }),
      );
    }),
  },
  {
    defect: "the layer type fails by accident",
    law: "configuration",
    says: "expected its layer type to throw an ArgumentError, received TypeError",
    factory: () => defineBijection({ ...soundCoupling(), config: { slope: 0.5, note: "abc" } }),
    options: layerType("sound", (config) => {
      const sound = soundCoupling({ slope: readConfig("sound", config).number("slope") });
      return defineBijection({ ...sound, config: { slope: 0.5, note: (config["note"] as string).trim() } });
    }),
  },
];
