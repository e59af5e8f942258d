import { chain } from "@invertible/bijection";
import type { Bijection } from "@invertible/bijection";
import { actNorm, injectivePadding, squeeze } from "@invertible/layers";
import { createRandom } from "@invertible/ops";
import { bottleneckBranch, residualBlock } from "@invertible/residual";
import { describeBijection } from "@invertible/testing";
import { modelLayerTypes } from "./index.ts";

const random = createRandom(37);
const [inputShape, padded] = [
  [2, 2, 1],
  [2, 2, 3],
];

const image = (coefficient: number | "none") =>
  bottleneckBranch({
    ...{ inputShape: padded, hidden: 4, activation: "elu", coefficient, preactivation: false },
    random: random.fold("image"),
  });

/** The layers of an i-ResNet that classifies: channels appended, residual blocks whose log-dets nobody asks for. */
const body = (...more: Bijection[]) =>
  chain([
    injectivePadding({ inputShape, channels: 2 }),
    // Zeros do not vary, so an act-norm could not start from them without a floor.
    actNorm({ inputShape: padded, varianceFloor: 0.2 }),
    residualBlock({ branch: image(0.8), inverse: { tolerance: 1e-5 } }),
    squeeze({ inputShape: padded }),
    ...more,
  ]);

describeBijection("the layers of an i-ResNet that classifies", () => body(), {
  types: modelLayerTypes,
  backends: ["wasm"],
});
describeBijection(
  "the same with an unconstrained block",
  () =>
    body(
      residualBlock({
        branch: bottleneckBranch({
          ...{ inputShape: [1, 1, 12], hidden: 4, activation: "lipSwish", coefficient: "none" },
          ...{ preactivation: true, random: random.fold("unconstrained") },
        }),
      }),
    ),
  { types: modelLayerTypes, backends: ["wasm"] },
);
