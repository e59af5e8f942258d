/** Models saved by an earlier version load, and give the numbers that it gave. */
import { readFileSync } from "node:fs";
import { chain } from "@invertible/bijection";
import {
  createFlow,
  decodeSafetensors,
  disposeFlow,
  loadFlow,
  saveFlow,
  standardNormal,
} from "@invertible/flow";
import type { Flow } from "@invertible/flow";
import { exactLogDet } from "@invertible/log-det";
import { createRandom, dispose, tensor } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { denseBranch, residualBlock } from "@invertible/residual";
import { beforeAll, describe, expect, it } from "vitest";
import { imageIResNet, modelLayerTypes } from "./index.ts";
import { correlated, pixels, started } from "../test-support/models.ts";
import { asVersion1 } from "../test-support/version-1.ts";

interface Expected {
  readonly shape: number[];
  readonly x: number[];
  /** Log-probabilities with the key `createRandom(41).fold("noise")`. */
  readonly logProb: number[];
  /** Two samples, with the key `createRandom(41).fold("sample")`. */
  readonly samples: number[];
}

const random = createRandom(41);
const folder = new URL("../../../fixtures/models/", import.meta.url);

describe.each(["cpu", "wasm"] as const)("a model saved by the first version, read on %s", (backend) => {
  beforeAll(() => startBackend(backend));

  it.each(["every-vector-layer", "image-glow", "image-i-resnet"])("loads as it was: %s", async (name) => {
    const file = readFileSync(new URL(`${name}.safetensors`, folder));
    const expected = JSON.parse(readFileSync(new URL(`${name}.json`, folder), "utf8")) as Expected;
    const flow = await loadFlow(file, { layers: modelLayerTypes });
    const x = tensor(expected.x, expected.shape);
    const logProb = flow.logProb(x, { random: random.fold("noise") });
    const { x: samples } = await flow.sample(2, { random: random.fold("sample") });
    // Float32 on another backend: some 1e-5 of sums of 64 terms, and inverses to their own tolerance.
    (await logProb.data()).forEach((value, i) =>
      expect(Math.abs(value - expected.logProb[i]!)).toBeLessThan(
        2e-4 * (1 + Math.abs(expected.logProb[i]!)),
      ),
    );
    const integers = flow.traits.levels !== undefined;
    (await samples.data()).forEach((value, i) =>
      expect(Math.abs(value - expected.samples[i]!)).toBeLessThanOrEqual(
        integers ? 1 : 1e-3 * (1 + Math.abs(expected.samples[i]!)),
      ),
    );
    dispose([x, logProb, samples]);
    disposeFlow(flow);
  });
});

/** Blocks that contract in different norms. Between those of the first two, the norm of a layer has a closed form. */
function blocksOfAllNorms(): Flow {
  const blocks = ([1, Infinity, 2, 3] as const).map((norm) =>
    residualBlock({
      branch: denseBranch({
        ...{ features: 2, hidden: [5, 3], activation: "elu", preactivation: false, norm, coefficient: 0.7 },
        random: random.fold(String(norm)),
      }),
      logDet: exactLogDet(),
    }),
  );
  return createFlow({ bijection: chain(blocks), base: standardNormal({ shape: [2] }) });
}

const images = () =>
  imageIResNet({ inputShape: [8, 8, 1], blocksPerScale: [1, 1], hiddenChannels: 8, random });

describe("a file of version 1", () => {
  beforeAll(() => startBackend("wasm"));

  it.each([
    ["of dense layers", blocksOfAllNorms, () => correlated(random, 16), /^bijection\.[01]\./],
    ["of convolutions", images, () => pixels(random, 16), /^none$/],
  ])(
    "%s gives the numbers of version 2 up to rounding, and the same bits after a refresh",
    async (_, build, makeData, closedForms) => {
      const data = makeData();
      const flow = await started(build(), data, 0.3);
      const file = await saveFlow(flow);
      const old = asVersion1(file, (layer) => !closedForms.test(layer));
      const loaded = await loadFlow(old, { layers: modelLayerTypes });
      const values = async (of: Flow) => {
        const logProb = of.logProb(data, { random });
        return Float32Array.from(await logProb.data().finally(() => dispose(logProb)));
      };
      // The outer products differ in the last bit, and so do the norms and all that follows.
      const expected = await values(flow);
      (await values(loaded)).forEach((value, i) =>
        expect(Math.abs(value - expected[i]!)).toBeLessThan(2e-6 * Math.max(1, Math.abs(expected[i]!))),
      );
      const again = decodeSafetensors(await saveFlow(loaded));
      expect(again.metadata.get("formatVersion")).toBe("2");
      expect([...again.tensors.keys()]).toEqual([...decodeSafetensors(file).tensors.keys()]);
      expect(loaded.isFresh()).toBe(true);
      for (const each of [flow, loaded]) await each.refresh({ iterations: 1 });
      expect(await values(loaded)).toEqual(await values(flow));
      dispose(data);
      for (const each of [flow, loaded]) disposeFlow(each);
    },
  );
});
