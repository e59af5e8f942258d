import { createRandom } from "@invertible/ops";
import { describeBijection } from "@invertible/testing";
import { continuousBlock, continuousTypes, convDynamics, denseDynamics } from "../index.ts";

const random = createRandom(21);
// Few steps, because a software renderer takes half a millisecond for each operation.
const few = { time: 0.5, method: "rk4", steps: 2 } as const;

describeBijection(
  "continuousBlock, dense",
  () => continuousBlock({ dynamics: denseDynamics({ features: 2, hidden: [4], random }), ...few }),
  { types: continuousTypes, backends: ["webgpu"] },
);

describeBijection(
  "continuousBlock, images, recorded as a whole",
  () =>
    continuousBlock({
      dynamics: convDynamics({ inputShape: [2, 2, 1], hidden: [2], random }),
      ...few,
      gradient: "whole",
    }),
  { types: continuousTypes, backends: ["webgpu"] },
);
