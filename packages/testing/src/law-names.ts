/** Every law of the kit, in the order in which a failure says most. */
export const lawNames = [
  "shapes",
  "wrong shapes",
  "independent examples",
  "round trip",
  "inverse round trip",
  "solveInverse",
  "log-det",
  "inverse log-det",
  "log-dets cancel",
  "value alone",
  "gradients",
  "inverse gradients",
  "live parameters",
  "determinism",
  "keys",
  "state",
  "initialise",
  "refresh",
  "certificate",
  "enforce",
  "stable names",
  "rebuild",
  "no leaks",
  "no leaks on errors",
] as const;

export type LawName = (typeof lawNames)[number];
