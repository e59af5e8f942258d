import { certificateLaw } from "./laws/certificate.ts";
import { determinismLaw, keysLaw, valueAloneLaw } from "./laws/determinism.ts";
import { enforceLaw } from "./laws/enforce.ts";
import { gradientsLaw, inverseGradientsLaw, liveParametersLaw } from "./laws/gradients.ts";
import { independenceLaw } from "./laws/independence.ts";
import { leaksLaw, leaksOnErrorsLaw } from "./laws/leaks.ts";
import { initialiseLaw } from "./laws/initialise.ts";
import { inverseLogDetLaw, logDetLaw, logDetsCancel } from "./laws/log-det.ts";
import { namesLaw, rebuildLaw } from "./laws/rebuild.ts";
import { inverseRoundTrip, roundTrip } from "./laws/round-trip.ts";
import { shapesLaw, wrongShapesLaw } from "./laws/shapes.ts";
import { solveInverseLaw } from "./laws/solve-inverse.ts";
import { refreshLaw, stateLaw } from "./laws/state.ts";
import type { Law } from "./law.ts";
import { lawNames } from "./law-names.ts";

const table = [
  shapesLaw,
  wrongShapesLaw,
  independenceLaw,
  roundTrip,
  inverseRoundTrip,
  solveInverseLaw,
  logDetLaw,
  inverseLogDetLaw,
  logDetsCancel,
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
  rebuildLaw,
  leaksLaw,
  leaksOnErrorsLaw,
];

/** Every law, in the order of `lawNames`. */
export const laws: readonly Law[] = lawNames.map((name) => {
  const law = table.find((each) => each.name === name);
  if (!law) throw new Error(`laws: expected a law named ${name}, received none`);
  return law;
});
