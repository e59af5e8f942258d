import { exact, powerSeries } from "@invertible/log-det";
import type { LogDetEstimator } from "@invertible/log-det";
import { createRandom } from "@invertible/ops";
import type { ActivationName } from "@invertible/ops";
import { describeBijection } from "@invertible/testing";
import { bottleneckBranch, denseBranch, residualBlock, residualTypes } from "./index.ts";

const random = createRandom(21);
const dense = (activation: ActivationName, features: number, preactivation: boolean) => () =>
  residualBlock({
    branch: denseBranch({ features, hidden: [8, 8], activation, coefficient: 0.8, preactivation, random }),
    logDet: exact(),
  });

/** Residual blocks with an exact log-det, one line each. */
const table: [name: string, factory: () => ReturnType<typeof residualBlock>][] = [
  ["residualBlock, dense elu, 2 features", dense("elu", 2, false)],
  ["residualBlock, dense lipSwish, preactivated", dense("lipSwish", 3, true)],
  ["residualBlock, dense softplus, 1 feature", dense("softplus", 1, true)],
  [
    "residualBlock, bottleneck",
    () =>
      residualBlock({
        branch: bottleneckBranch({
          inputShape: [3, 2, 2],
          hidden: 4,
          activation: "lipSwish",
          coefficient: 0.8,
          preactivation: true,
          random,
        }),
        logDet: exact(),
      }),
  ],
];
for (const [name, factory] of table) describeBijection(name, factory, { types: residualTypes });

const [dimension, terms] = [3, 6];
const series = (logDet: LogDetEstimator) => () =>
  residualBlock({
    branch: denseBranch({
      features: dimension,
      hidden: [6, 6],
      activation: "tanh",
      coefficient: 0.7,
      preactivation: false,
      random,
    }),
    logDet,
  });

for (const gradient of ["neumann", "series"] as const)
  describeBijection(
    `residualBlock, power series, ${gradient} gradient`,
    series(powerSeries({ terms, gradient })),
    {
      types: residualTypes,
      backends: ["wasm"],
    },
  );
