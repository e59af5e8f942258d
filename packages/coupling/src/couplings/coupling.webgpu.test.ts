import { createRandom, tensor } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { describeBijection } from "@invertible/testing";
import { expect, it } from "vitest";
import {
  autoregressiveMixture,
  couplingTypes,
  denseConditioner,
  rationalQuadraticCoupling,
} from "../index.ts";

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

// All laws would take minutes here: every inverse makes thousands of small operations.
it("autoregressiveMixture maps as on wasm, and back", async () => {
  const layer = autoregressiveMixture({ inputShape: [2], hidden: [3], components: 2, random });
  const x = random.normalArray(6);
  const call = { random, training: false };
  const results: number[][] = [];
  for (const backend of ["wasm", "webgpu"] as const) {
    await startBackend(backend);
    const { y, logDet } = layer.forwardAndLogDet(tensor(x, [3, 2]), call);
    results.push([...(await y.data()), ...(await logDet.data())]);
    if (backend === "wasm") continue;
    const back = await layer.inverse(y, call).data();
    back.forEach((value, i) => expect(Math.abs(value - x[i]!)).toBeLessThan(1e-4));
  }
  // Both round the same sums of exponentials.
  results[1]!.forEach((value, i) => expect(Math.abs(value - results[0]![i]!)).toBeLessThan(1e-5));
});
