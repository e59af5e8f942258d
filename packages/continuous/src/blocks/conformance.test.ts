import type { Bijection } from "@invertible/bijection";
import { createRandom } from "@invertible/ops";
import { describeBijection } from "@invertible/testing";
import type { DescribeOptions } from "@invertible/testing";
import { continuousBlock, continuousTypes, convDynamics, denseDynamics, hutchinsonTrace } from "../index.ts";

const random = createRandom(21);
const onWasm: DescribeOptions = { backends: ["wasm"] };
/** Few, because every law evaluates the block many times; the log-det is then within 1e-5 of that of the map. */
const time = 0.5;

const table: [name: string, factory: () => Bijection, options?: DescribeOptions][] = [
  [
    "continuousBlock, dense, rk4",
    () =>
      continuousBlock({
        dynamics: denseDynamics({ features: 2, hidden: [6], random }),
        time,
        method: "rk4",
        steps: 4,
      }),
  ],
  [
    "continuousBlock, conditional, dopri5, recorded as a whole",
    () =>
      continuousBlock({
        dynamics: denseDynamics({
          features: 2,
          hidden: [5, 5],
          activation: "softplus",
          conditionFeatures: 2,
          random,
        }),
        time,
        steps: 2,
        gradient: "whole",
      }),
    { ...onWasm, condition: (batch, key) => key.normal([batch, 2]) },
  ],
  [
    "continuousBlock, images",
    () =>
      continuousBlock({
        dynamics: convDynamics({ inputShape: [2, 2, 1], hidden: [3], random }),
        time,
        method: "rk4",
        steps: 3,
      }),
    onWasm,
  ],
  [
    "continuousBlock, a random probe in training and evaluation",
    () =>
      continuousBlock({
        dynamics: denseDynamics({ features: 3, hidden: [5], random }),
        time,
        method: "rk4",
        steps: 3,
        trace: hutchinsonTrace(),
      }),
    { ...onWasm, keys: 12 },
  ],
];
for (const [name, factory, options] of table)
  describeBijection(name, factory, { types: continuousTypes, ...options });
