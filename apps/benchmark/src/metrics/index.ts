import { dataEntropy } from "./data-entropy.ts";
import { gaussianFloor } from "./gaussian-floor.ts";
import { guaranteedInverse } from "./guaranteed-inverse.ts";
import { hybridNll } from "./hybrid-nll.ts";
import { inverseIterations } from "./inverse-iterations.ts";
import { klDivergence } from "./kl-divergence.ts";
import { labelReferences } from "./label-references.ts";
import { logDet } from "./log-det.ts";
import type { Metric } from "./metric.ts";
import { parameters } from "./parameters.ts";
import { reconstructionError } from "./reconstruction-error.ts";
import { sampleTime } from "./sample-time.ts";
import { stepTime } from "./step-time.ts";
import { testError } from "./test-error.ts";
import { testNll } from "./test-nll.ts";
import { wrongPixels } from "./wrong-pixels.ts";

/** Every metric, in the order of the tables. */
export const metrics: readonly Metric[] = [
  testNll,
  testError,
  hybridNll,
  ...labelReferences,
  guaranteedInverse,
  dataEntropy,
  gaussianFloor,
  klDivergence,
  logDet,
  reconstructionError,
  wrongPixels,
  inverseIterations,
  stepTime,
  sampleTime,
  parameters,
];
