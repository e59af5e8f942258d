import { createRandom } from "@invertible/ops";
import { describeBijection } from "@invertible/testing";
import { couplingTypes, denseConditioner, rationalQuadraticCoupling } from "../index.ts";

const random = createRandom(5);

describeBijection(
  "rationalQuadraticCoupling, dense",
  () =>
    rationalQuadraticCoupling({
      inputShape: [5],
      conditioner: denseConditioner({ hidden: [8], random, activation: "tanh" }),
    }),
  // Not smooth: log-slopes of splines have kinks at the knots.
  { types: couplingTypes, backends: ["webgpu"], smooth: false },
);
