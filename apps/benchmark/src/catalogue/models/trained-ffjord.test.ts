/** What FFJORD says of its density after training: that it is one, and how exact it is. */
import { captured } from "@invertible/capture";
import { hutchinsonTrace, solveForward } from "@invertible/continuous";
import { toyDensities } from "@invertible/datasets";
import { disposeFlow, loadFlow, saveFlow } from "@invertible/flow";
import type { Flow } from "@invertible/flow";
import { modelLayerTypes, vectorFfjord } from "@invertible/models";
import { add, createRandom, dispose, tensor, tidy, tile } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { adam, cosineDecay, evaluate, train } from "@invertible/trainer";
import { afterAll, beforeAll, expect, it } from "vitest";

const random = createRandom(3);
const architecture = { features: 2, hidden: [24, 24, 24], steps: 5 } as const;
const { generate, entropy } = toyDensities.moons;
let flow: Flow;

beforeAll(async () => {
  await startBackend("wasm");
  flow = vectorFfjord({ ...architecture, random });
  const steps = 200;
  const events = train({
    flow,
    data: generate({ count: 20_000, seed: 1 }),
    batchSize: 256,
    steps,
    optimizer: adam({ learningRate: 3e-2 }),
    schedule: cosineDecay({ steps, final: 0.02 }),
    warmupSteps: 20,
    clipNorm: 10,
    random,
    engine: captured(),
  });
  for await (const event of events) if (event.kind === "end") expect(event.reason).toBe("finished");
}, 600_000);
afterAll(() => disposeFlow(flow));

it("learns two moons to 0.2 nats above their entropy in 200 steps of 256 points", async () => {
  const test = await evaluate({ flow, data: generate({ count: 5000, seed: 2 }), random });
  // Four standard errors of the test NLL, beside the 0.2 nats.
  expect(test.meanNll - entropy).toBeLessThan(0.2 + 4 * test.standardError);
});

/** log p by step control, and the largest error that it states. */
async function solvedLogProb(of: Flow, x: Tensor): Promise<{ logProb: Float32Array; error: number }> {
  const { y, logDet, evidence } = await solveForward(of.bijection, x, { random });
  const total = tidy(() => add(of.base.logProb(y), logDet) as Tensor);
  const logProb = await total.data<"float32">();
  dispose([y, logDet, total]);
  return { logProb, error: evidence[0]!.error };
}

it("is a density: it integrates to 1 +- 0.5 % over the plane, in fixed steps and by step control", async () => {
  const [reach, n] = [6, 120];
  const width = (2 * reach) / n;
  const at = (i: number) => -reach + (i + 0.5) * width;
  const points = tensor(Array.from({ length: n * n }, (_, i) => [at(i % n), at(Math.floor(i / n))]));
  const mass = (logProbs: Float32Array) => logProbs.reduce((sum, l) => sum + Math.exp(l) * width ** 2, 0);
  const fixed = flow.logProb(points);
  const solved = await solvedLogProb(flow, points);
  expect(Math.abs(mass(await fixed.data<"float32">()) - 1)).toBeLessThan(0.005);
  expect(Math.abs(mass(solved.logProb) - 1)).toBeLessThan(0.005);
  dispose([points, fixed]);
});

it("agrees, by random probes, with the exact trace within its own error estimates", async () => {
  const [count, draws] = [20, 200];
  const estimating = vectorFfjord({ ...architecture, trace: hutchinsonTrace(), random });
  for (const [name, variable] of Object.entries(estimating.parameters))
    variable.assign(flow.parameters[name]!);
  const { values } = generate({ count, seed: 4 });
  const x = tensor(Array.from(values), [count, 2], "float32");
  const exact = await solvedLogProb(flow, x);
  // Every row has a probe of its own.
  const many = tile(x, [draws, 1]);
  const estimated = await solvedLogProb(estimating, many);
  exact.logProb.forEach((expected, i) => {
    const own = estimated.logProb.filter((_, row) => row % count === i);
    const mean = own.reduce((sum, l) => sum + l, 0) / draws;
    const deviation = Math.sqrt(own.reduce((sum, l) => sum + (l - mean) ** 2, 0) / (draws - 1));
    const standardError = deviation / Math.sqrt(draws);
    expect(standardError).toBeGreaterThan(1e-4);
    expect(Math.abs(mean - expected)).toBeLessThan(4 * standardError + exact.error + estimated.error);
  });
  dispose([x, many]);
  disposeFlow(estimating);
});

it("is the same after a file, also by step control", async () => {
  const loaded = await loadFlow(await saveFlow(flow), { layers: modelLayerTypes });
  const x = random.fold("points").normal([10, 2]);
  expect((await solvedLogProb(loaded, x)).logProb).toEqual((await solvedLogProb(flow, x)).logProb);
  x.dispose();
  disposeFlow(loaded);
});
