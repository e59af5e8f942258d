/** What FFJORD says of its density after training: that it is one, and how exact it is. */
import { captured } from "@invertible/capture";
import { solveForward } from "@invertible/continuous";
import { toyDensities } from "@invertible/datasets";
import { createRandom, tensor } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { disposeFlow } from "@invertible/flow";
import { vectorFfjord } from "@invertible/models";
import { adam, cosineDecay, evaluate, train } from "@invertible/trainer";
import { beforeAll, expect, it } from "vitest";

beforeAll(() => startBackend("wasm"));

const random = createRandom(3);

it("vectorFfjord learns two moons", async () => {
  const { generate, entropy } = toyDensities.moons;
  const flow = vectorFfjord({ features: 2, hidden: [32, 32, 32], steps: 6, random });
  const steps = 300;
  let t = performance.now();
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
  for await (const event of events)
    if (event.kind === "step" && event.step % 50 === 0) {
      console.log(event.step, event.loss, (performance.now() - t) / 50, process.cpuUsage().user / 1e6);
      t = performance.now();
    }
  const test = await evaluate({ flow, data: generate({ count: 5000, seed: 2 }), random });
  console.log(test.meanNll - entropy, test.standardError);
  const n = 100;
  const width = 7 / n;
  const points = tensor(
    Array.from({ length: n * n }, (_, i) => [-3.5 + ((i % n) + 0.5) * width, -3.5 + (Math.floor(i / n) + 0.5) * width]),
  );
  const fixed = await flow.logProb(points).data<"float32">();
  const solved = await solveForward(flow.bijection, points);
  const base = await flow.base.logProb(solved.y).data<"float32">();
  const ld = await solved.logDet.data<"float32">();
  const mass = (l: Float32Array) => l.reduce((s, x) => s + Math.exp(x) * width ** 2, 0);
  const other = base.map((x, i) => x + ld[i]!);
  console.log(mass(fixed), mass(other), { ...solved.evidence[0], rows: 0 });
  const dens = fixed.map((x, i) => (other[i]! > -8 ? Math.abs(x - other[i]!) : 0));
  console.log("difference where the density is", Math.max(...dens));
  disposeFlow(flow);
}, 600000);
