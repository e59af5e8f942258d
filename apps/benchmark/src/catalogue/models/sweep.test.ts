import { captured } from "@invertible/capture";
import { toyDensities } from "@invertible/datasets";
import { createRandom } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { disposeFlow } from "@invertible/flow";
import { vectorFfjord } from "@invertible/models";
import { adam, cosineDecay, evaluate, train } from "@invertible/trainer";
import { beforeAll, it } from "vitest";
import { appendFileSync } from "node:fs";
beforeAll(() => startBackend("wasm"));
const random = createRandom(3);
it("sweep", async () => {
  const { generate, entropy } = toyDensities.moons;
  for (const [name, lr, options] of [
    ["lr 3e-2", 3e-2, {}],
    ["time 2", 1e-2, { time: 2 }],
    ["2 blocks of 32-32", 2e-2, { blocks: 2, hidden: [32, 32], steps: 4 }],
    ["sin", 1e-2, { activation: "sin" }],
    ["softplus", 2e-2, { activation: "softplus" }],
  ] as const) {
    const flow = vectorFfjord({ features: 2, hidden: [32, 32, 32], steps: 6, random, ...options });
    const steps = 300;
    const c = process.cpuUsage().user;
    const events = train({ flow, data: generate({ count: 20_000, seed: 1 }), batchSize: 256, steps, optimizer: adam({ learningRate: lr }), schedule: cosineDecay({ steps, final: 0.02 }), warmupSteps: 20, clipNorm: 10, random, engine: captured() });
    for await (const event of events) void event;
    const test = await evaluate({ flow, data: generate({ count: 5000, seed: 2 }), random });
    appendFileSync("/tmp/cont-sweep.log", `${name} ${test.meanNll - entropy} ${(process.cpuUsage().user - c) / 1e6}\n`);
    disposeFlow(flow);
  }
}, 3000000);
