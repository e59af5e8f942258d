import { certificateLaw } from "./laws/certificate.ts";
import { determinismLaw, keysLaw, skippingLaw } from "./laws/determinism.ts";
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
  skippingLaw,
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
] as const;

export type LawName = (typeof table)[number]["name"];

/** Every law, in the order in which a failure says most. */
export const laws: readonly Law<LawName>[] = table;
