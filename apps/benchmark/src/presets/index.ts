import { architectures } from "./architectures.ts";
import { classification } from "./classification.ts";
import { density } from "./density.ts";
import { fewLabels } from "./few-labels.ts";
import { hybrid } from "./hybrid.ts";
import { mnist } from "./mnist.ts";
import type { Preset } from "./preset.ts";
import { quick } from "./quick.ts";
import { tabular } from "./tabular.ts";
import { toy } from "./toy.ts";

/** Every preset; the first is the default. */
export const presets: readonly Preset[] = [
  quick,
  mnist,
  density,
  toy,
  tabular,
  classification,
  architectures,
  hybrid,
  fewLabels,
];
