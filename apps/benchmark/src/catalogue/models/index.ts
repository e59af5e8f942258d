import type { ModelEntry } from "../model-entry.ts";
import { ffjord } from "./ffjord.ts";
import { glow } from "./glow.ts";
import { iDensenet } from "./i-densenet.ts";
import { iResnet } from "./i-resnet.ts";
import { implicit } from "./implicit.ts";
import { made } from "./made.ts";
import { madeMixture } from "./made-mixture.ts";
import { maf } from "./maf.ts";
import { monotone } from "./monotone.ts";
import { nice } from "./nice.ts";
import { realNvp } from "./real-nvp.ts";
import { residualFlow } from "./residual-flow.ts";
import { splineCoupling } from "./spline-coupling.ts";

/** Every model, in the order of the report. */
export const models: readonly ModelEntry[] = [
  iResnet,
  glow,
  residualFlow,
  iDensenet,
  monotone,
  implicit,
  splineCoupling,
  realNvp,
  nice,
  maf,
  made,
  madeMixture,
  ffjord,
];
