import { disposeFlow, loadFlow, saveFlow } from "@invertible/flow";
import type { Flow } from "@invertible/flow";
import { modelLayerTypes } from "@invertible/models";
import { createRandom, dispose, memory, tensor } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import {
  adam,
  evaluate,
  measureReconstruction,
  measureSampling,
  parameterAverage,
  train,
} from "@invertible/trainer";
import { beforeAll, describe, expect, it } from "vitest";
import type { DataKind } from "../data-kind.ts";
import { flowOf } from "../../job/built-model.ts";
import { models } from "./index.ts";

const random = createRandom(5);
const size = { name: "small", parameters: 600 } as const;
const shapes: Readonly<Record<DataKind, readonly number[]>> = { plane: [2], table: [5], image: [8, 8, 1] };
/**
 * Models of tables consist of the layers of those in the plane, so most are left to INVERTIBLE_LONG_TESTS=1. Here stand one with a
 * series, one with a closed form, and one whose inverse goes feature by feature.
 */
const shortTables = ["i-resnet", "glow", "maf"];
const cases = models
  .flatMap(({ name, kinds, build }) => kinds.map((kind) => ({ name, kind, build })))
  .filter(
    ({ name, kind }) =>
      process.env["INVERTIBLE_LONG_TESTS"] === "1" || kind !== "table" || shortTables.includes(name),
  );

/** Numbers of mean 0 and variance 1, or pixels. */
function examples(kind: DataKind, count = 32) {
  const shape = [...shapes[kind]];
  const numbers = count * shape.reduce((product, n) => product * n, 1);
  const values =
    kind === "image"
      ? Uint8Array.from(random.fold("pixels").integers(numbers, 0, 256))
      : random.fold("numbers").normalArray(numbers);
  return { values, shape, count };
}

/** Trains for some steps, fast enough that the weights leave their start. */
async function trained(flow: Flow, kind: DataKind, steps: number): Promise<void> {
  const optimizer = adam({ learningRate: 1e-2 });
  const events = train({ flow, data: examples(kind), batchSize: 32, steps, optimizer, random });
  for await (const event of events) if (event.kind === "step") expect(event.loss).toBeLessThan(Infinity);
}

beforeAll(() => startBackend("wasm"));

describe.each(cases)("$name on a $kind", ({ kind, build }) => {
  it("works with the default options of every function", async () => {
    const flow = flowOf(await build({ kind, shape: [...shapes[kind]], size, random }));
    await trained(flow, kind, 3);
    const data = examples(kind);
    const tensors = memory().numTensors;

    const { meanNll } = await evaluate({ flow, data, random });
    expect(meanNll).toBeLessThan(Infinity);
    const { maxError, evidence } = await measureReconstruction({ flow, data, random });
    // One pixel can be rounded to its neighbour.
    expect(maxError).toBeLessThanOrEqual(kind === "image" ? 1 : 1e-3);
    for (const { converged } of evidence) expect(converged).toBe(true);
    expect((await measureSampling({ flow, random })).millisecondsPerSample).toBeGreaterThan(0);
    dispose((await flow.sample(3, { random })).x);

    const average = parameterAverage({ model: flow, decay: 0.9 });
    average.dispose();
    await flow.refresh();
    await flow.enforce();
    const certificate = await flow.certify();
    expect(certificate.forward).toBeGreaterThan(0);

    const loaded = await loadFlow(await saveFlow(flow), { layers: modelLayerTypes });
    const again = await evaluate({ flow: loaded, data, random });
    expect(again.meanNll).toBe((await evaluate({ flow, data, random })).meanNll);
    disposeFlow(loaded);
    expect(memory().numTensors).toBe(tensors);
    disposeFlow(flow);
  });
});

describe.each(cases.filter(({ kind }) => kind !== "image"))(
  "$name on a $kind, far from all data",
  ({ kind, build }) => {
    it("has a finite log-density out to 10,000 standard deviations, before and after some training", async () => {
      const flow = flowOf(await build({ kind, shape: [...shapes[kind]], size, random }));
      const x = farPoints(shapes[kind][0]!);
      const finite = async () => {
        const logProb = flow.logProb(x, { random });
        const values = await logProb.data();
        logProb.dispose();
        return values.every(Number.isFinite);
      };
      await trained(flow, kind, 1);
      expect(await finite()).toBe(true);
      await trained(flow, kind, 15);
      expect(await finite()).toBe(true);
      disposeFlow(flow);
      x.dispose();
    });
  },
);

/** A grid in the first two coordinates. The others are 0, or as large as the first. */
function farPoints(features: number): Tensor {
  const radii = [0, 1, 3, 10, 30, 100, 300, 1000, 3000, 10_000];
  const line = [...radii.slice(1).map((r) => -r), ...radii];
  const points = line.flatMap((a) =>
    line.flatMap((b) =>
      [0, a].map((rest) => Array.from({ length: features }, (_, i) => (i === 0 ? a : i === 1 ? b : rest))),
    ),
  );
  return tensor(points.flat(), [points.length, features]);
}
