import { certify } from "@invertible/bijection";
import { createRandom, memory, tensor, tidy } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { beforeAll, describe, expect, it } from "vitest";
import { additiveCoupling, affineCoupling, convConditioner, denseConditioner } from "../index.ts";

const random = createRandom(9);
const nothing = { forward: Infinity, inverse: Infinity };

describe("certificates of couplings", () => {
  beforeAll(() => startBackend("wasm"));

  it("are exactly the norm of the shear for an additive coupling with a linear network", async () => {
    const conditioner = denseConditioner({ hidden: [], random });
    const layer = additiveCoupling({ inputShape: [4], conditioner });
    const start = await certify(layer);
    expect(start.forward).toBeGreaterThanOrEqual(1);
    expect(start.forward).toBeLessThan(1 + 1e-14); // the network starts at zero
    // An orthogonal matrix times 2.
    const weight = [1.2, -1.6, 1.6, 1.2];
    tidy(() => layer.parameters["conditioner.0.weight"]!.assign(tensor(weight, [2, 2])));
    const before = memory().numTensors;
    const { forward, inverse } = await certify(layer);
    expect(memory().numTensors).toBe(before);
    // float32 rounds 1.2 and 1.6 by less than 1e-7.
    expect(Math.abs(forward - (1 + Math.SQRT2))).toBeLessThan(3e-6);
    expect(inverse).toBe(forward);
  });

  it("multiply norms and slopes for an additive coupling with a perceptron", async () => {
    const conditioner = denseConditioner({ hidden: [1], random, activation: "sigmoid" });
    const layer = additiveCoupling({ inputShape: [2], conditioner });
    tidy(() => layer.parameters["conditioner.0.weight"]!.assign(tensor([[-3]])));
    tidy(() => layer.parameters["conditioner.1.weight"]!.assign(tensor([[2]])));
    const [{ forward }, slope] = [await certify(layer), 3 * 0.25 * 2]; // sigmoid's slope is at most 1/4
    expect(forward).toBeGreaterThanOrEqual((slope + Math.sqrt(slope ** 2 + 4)) / 2);
    expect(forward).toBeLessThan(((slope + Math.sqrt(slope ** 2 + 4)) / 2) * (1 + 1e-6));
  });

  it("prove nothing for unbounded slopes, affine couplings and convolutions", async () => {
    const dense = (activation: "exp" | "tanh") => denseConditioner({ hidden: [3], random, activation });
    expect(await certify(additiveCoupling({ inputShape: [2], conditioner: dense("exp") }))).toMatchObject(
      nothing,
    );
    expect(await certify(affineCoupling({ inputShape: [2], conditioner: dense("tanh") }))).toMatchObject(
      nothing,
    );
    const image = additiveCoupling({
      inputShape: [2, 2, 2],
      conditioner: convConditioner({ width: 2, random }),
    });
    expect(await certify(image)).toMatchObject(nothing);
  });
});
