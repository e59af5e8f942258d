import { createRandom } from "@invertible/ops";
import { describeBijection } from "@invertible/testing";
import { continuousBlock, continuousTypes, convDynamics, denseDynamics } from "../index.ts";

const random = createRandom(21);

describeBijection(
  "continuousBlock, dense",
  () =>
    continuousBlock({ dynamics: denseDynamics({ features: 2, hidden: [6], random }), time: 0.5, steps: 2 }),
  { types: continuousTypes, backends: ["webgpu"] },
);

describeBijection(
  "continuousBlock, images, recorded as a whole",
  () =>
    continuousBlock({
      dynamics: convDynamics({ inputShape: [2, 2, 1], hidden: [3], random }),
      time: 0.5,
      method: "rk4",
      steps: 2,
      gradient: "whole",
    }),
  { types: continuousTypes, backends: ["webgpu"] },
);
