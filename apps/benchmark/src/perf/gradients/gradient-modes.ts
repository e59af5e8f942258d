import { chain } from "@invertible/bijection";
import { createFlow, standardNormal } from "@invertible/flow";
import type { Flow } from "@invertible/flow";
import { actNorm } from "@invertible/layers";
import { powerSeries } from "@invertible/log-det";
import type { PowerSeriesOptions } from "@invertible/log-det";
import type { Random, Shape } from "@invertible/ops";
import { bottleneckBranch, residualBlock } from "@invertible/residual";
import type { Backward } from "@invertible/trainer";

/** How a training step obtains the gradient of the log-det, and what it keeps for the backward pass. */
export interface GradientMode {
  readonly name: string;
  readonly series: PowerSeriesOptions;
  readonly backward: Backward;
}

export const gradientModes = [
  { name: "plain series, 5 terms", series: { terms: 5, gradient: "series" }, backward: "whole" },
  { name: "plain series, 10 terms", series: { terms: 10, gradient: "series" }, backward: "whole" },
  { name: "Neumann, 10 terms", series: { terms: 10, gradient: "neumann" }, backward: "whole" },
  {
    name: "Neumann, 10 terms, checkpointed",
    series: { terms: 10, gradient: "neumann" },
    backward: "checkpointed",
  },
  {
    name: "Neumann, 10 terms, reversible",
    series: { terms: 10, gradient: "neumann" },
    backward: "reversible",
  },
] as const satisfies readonly GradientMode[];

/** Against which the others are compared. */
export const plainMode = gradientModes[1];

/** Depths at which memory is read; times are those of the first. */
export const depths = [4, 16] as const;

export interface NetworkSize {
  readonly inputShape: Shape;
  readonly hidden: number;
  readonly batchSize: number;
}

export const fullSize: NetworkSize = { inputShape: [14, 14, 4], hidden: 64, batchSize: 16 };
/** Where convolutions run in plain JavaScript. */
export const smallSize: NetworkSize = { inputShape: [12, 12, 2], hidden: 4, batchSize: 8 };

export function describeSize({ inputShape, hidden, batchSize }: NetworkSize): string {
  return `${inputShape.join("x")}, ${hidden} channels, batch ${batchSize}`;
}

/** An i-ResNet of `blocks` blocks, each behind an act-norm, c = 0.9, on one scale. */
export function buildNetwork(
  { inputShape, hidden }: NetworkSize,
  series: PowerSeriesOptions,
  blocks: number,
  random: Random,
): Flow {
  const parts = Array.from({ length: blocks }, (_, block) => [
    actNorm({ inputShape }),
    residualBlock({
      branch: bottleneckBranch({
        inputShape,
        hidden,
        activation: "lipSwish",
        coefficient: 0.9,
        preactivation: block > 0,
        random: random.fold(block),
      }),
      logDet: powerSeries(series),
    }),
  ]).flat();
  return createFlow({ bijection: chain(parts), base: standardNormal({ shape: inputShape }) });
}
