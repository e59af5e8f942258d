import type { ModelEntry } from "../model-entry.ts";
import { glowClassifiers } from "./glow.ts";
import { iResnetClassifiers } from "./i-resnet.ts";
import { resnet } from "./resnet.ts";
import { revNets } from "./rev-nets.ts";

/** Every classifier, in the order of the report. */
export const classifiers: readonly ModelEntry[] = [
  resnet,
  ...iResnetClassifiers,
  ...glowClassifiers,
  ...revNets,
];
