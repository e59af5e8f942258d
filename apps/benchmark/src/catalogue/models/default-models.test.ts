import { captured } from "@invertible/capture";
import { toyDensities } from "@invertible/datasets";
import { disposeFlow } from "@invertible/flow";
import { vectorIResNet } from "@invertible/models";
import { createRandom } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { adam, cosineDecay, evaluate, train } from "@invertible/trainer";
import { beforeAll, expect, it } from "vitest";
import { quick } from "../../presets/quick.ts";
import { flowOf } from "../../job/built-model.ts";
import { iResnet } from "./i-resnet.ts";

beforeAll(() => startBackend("wasm"));

const random = createRandom(1);

it("vectorIResNet is by default the network of the quick preset", async () => {
  const { size } = quick.workloads.plane!;
  const preset = flowOf(await iResnet.build({ kind: "plane", shape: [2], size, random }));
  const byDefault = vectorIResNet({ features: 2, random });
  expect(byDefault.bijection.config).toEqual(preset.bijection.config);
  [preset, byDefault].forEach(disposeFlow);
});

it("vectorIResNet learns two moons to 0.1 nats above their entropy in 300 steps of 256 points", async () => {
  const { generate, entropy } = toyDensities.moons;
  const flow = vectorIResNet({ features: 2, random });
  const steps = 300;
  const events = train({
    flow,
    data: generate({ count: 20_000, seed: 1 }),
    batchSize: 256,
    steps,
    optimizer: adam({ learningRate: 1e-2 }),
    schedule: cosineDecay({ steps, final: 0.02 }),
    warmupSteps: 20,
    clipNorm: 10,
    random,
    engine: captured(),
  });
  for await (const event of events) if (event.kind === "end") expect(event.reason).toBe("finished");
  const test = await evaluate({ flow, data: generate({ count: 5000, seed: 2 }), random });
  // Four standard errors of the test NLL, beside the 0.1 nats.
  expect(test.meanNll - entropy).toBeLessThan(0.1 + 4 * test.standardError);
  disposeFlow(flow);
});
