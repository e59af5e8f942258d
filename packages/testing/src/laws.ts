import { lawNames } from "./law-names.ts";
import type { LawName } from "./law-names.ts";
import type { Law } from "./law.ts";
import { conditionsLaw } from "./laws/calls/conditions.ts";
import { determinismLaw, keysLaw, valueAloneLaw } from "./laws/calls/determinism.ts";
import { trainingLaw } from "./laws/calls/training.ts";
import { gradientsLaw, inverseGradientsLaw } from "./laws/derivatives/gradients.ts";
import { liveParametersLaw } from "./laws/derivatives/live-parameters.ts";
import { iterationCapLaw } from "./laws/evidence/iteration-cap.ts";
import { solveInverseLaw } from "./laws/evidence/solve-inverse.ts";
import { leaksOnErrorsLaw } from "./laws/leaks/leaks-on-errors.ts";
import { leaksLaw } from "./laws/leaks/leaks.ts";
import { certificateLaw } from "./laws/lipschitz/certificate.ts";
import { enforceLaw } from "./laws/lipschitz/enforce.ts";
import { inverseLogDetLaw, logDetLaw, logDetsCancel } from "./laws/log-dets/log-det.ts";
import { noLogDetLaw } from "./laws/log-dets/no-log-det.ts";
import { configurationLaw } from "./laws/saving/configuration.ts";
import { namesLaw } from "./laws/saving/names.ts";
import { rebuildLaw } from "./laws/saving/rebuild.ts";
import { batchSizesLaw } from "./laws/values/batch-sizes.ts";
import { independenceLaw } from "./laws/values/independence.ts";
import { inverseRoundTrip, roundTrip } from "./laws/values/round-trip.ts";
import { shapesLaw } from "./laws/values/shapes.ts";
import { wrongShapesLaw } from "./laws/values/wrong-shapes.ts";
import { initialiseLaw } from "./laws/variables/initialise.ts";
import { newWeightsLaw } from "./laws/variables/new-weights.ts";
import { refreshLaw, stateLaw } from "./laws/variables/state.ts";
import { variablesLaw } from "./laws/variables/variables.ts";

const table = [
  shapesLaw,
  wrongShapesLaw,
  independenceLaw,
  roundTrip,
  inverseRoundTrip,
  solveInverseLaw,
  iterationCapLaw,
  logDetLaw,
  inverseLogDetLaw,
  logDetsCancel,
  noLogDetLaw,
  valueAloneLaw,
  gradientsLaw,
  inverseGradientsLaw,
  liveParametersLaw,
  determinismLaw,
  keysLaw,
  stateLaw,
  initialiseLaw,
  refreshLaw,
  certificateLaw,
  enforceLaw,
  namesLaw,
  configurationLaw,
  rebuildLaw,
  batchSizesLaw,
  trainingLaw,
  conditionsLaw,
  variablesLaw,
  newWeightsLaw,
  leaksLaw,
  leaksOnErrorsLaw,
];

/** A law of the kit. */
export type KitLaw = Law & { readonly name: LawName };

/** Every law, in the order of `lawNames`. */
export const laws: readonly KitLaw[] = lawNames.map((name) => {
  const law: KitLaw | undefined = table.find((each) => each.name === name);
  if (!law) throw new Error(`laws: expected a law named ${name}, received none`);
  return law;
});
