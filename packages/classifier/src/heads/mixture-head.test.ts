import { chain } from "@invertible/bijection";
import { createFlow, normalMixture } from "@invertible/flow";
import { actNorm } from "@invertible/layers";
import { createRandom, dispose, tensor, tidy } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { beforeAll, describe, expect, it } from "vitest";
import { createClassifier, crossEntropy, loadClassifier, mixtureHead, saveClassifier } from "../index.ts";
import { bijectionTypes } from "@invertible/bijection";
import { layerTypes } from "@invertible/layers";

const random = createRandom(14);

beforeAll(() => startBackend("wasm"));

function shared() {
  const bijection = chain([actNorm({ inputShape: [3] })]);
  const base = normalMixture({ shape: [3], components: 4, spread: 2, random });
  const flow = createFlow({ bijection, base });
  return { flow, model: createClassifier({ features: bijection, head: mixtureHead(base) }) };
}

describe("mixtureHead", () => {
  it("classifies by Bayes' theorem: the losses of flow and classifier add up to -log p(x, class)", async () => {
    const { flow, model } = shared();
    const x = random.fold("x").normal([6, 3]);
    const classes = [0, 1, 2, 3, 0, 2];
    const target = tensor(
      classes.flatMap((own) => [0, 1, 2, 3].map((k) => (k === own ? 1 : 0))),
      [6, 4],
    );
    const [marginal, conditional, joint] = tidy(() => {
      const { y: z, logDet } = flow.bijection.forwardAndLogDet(x);
      const all = model.head.logits(z);
      return [
        flow.logProb(x),
        crossEntropy(model.logits(x), target),
        all.add(logDet.reshape([-1, 1])),
      ] as const;
    });
    const [p, c, j] = [await marginal.data(), await conditional.data(), await joint.data()];
    classes.forEach((own, b) =>
      // Sums of float32 numbers of size 10.
      expect(Math.abs(p[b]! - c[b]! - j[4 * b + own]!)).toBeLessThan(2e-5),
    );
    dispose([x, target, marginal, conditional, joint]);
  });

  it("has the variables of the mixture, and is saved like other heads", async () => {
    const { flow, model } = shared();
    expect(model.parameters["head.means"]).toBe(flow.base.parameters["means"]);
    const x = random.fold("x").normal([5, 3]);
    const loaded = await loadClassifier(await saveClassifier(model), {
      layers: [...bijectionTypes, ...layerTypes],
    });
    const [one, other] = [model.logits(x), loaded.logits(x)];
    expect(await other.data()).toEqual(await one.data());
    dispose([x, one, other]);
  });

  it("needs two classes", () => {
    const one = normalMixture({ shape: [2], components: 1, random });
    expect(() => mixtureHead(one)).toThrow("mixtureHead: expected a mixture of at least 2 components");
    expect(() => mixtureHead({} as never)).toThrow("mixtureHead: expected a mixture made by normalMixture");
  });
});
