import { toyDensities } from "@invertible/datasets";
import { loadFlow, saveFlow } from "@invertible/flow";
import { createRandom, dispose, tensor } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { describeBijection } from "@invertible/testing";
import { adam, train } from "@invertible/trainer";
import type { Backward } from "@invertible/trainer";
import { beforeAll, describe, expect, it } from "vitest";
import { twistFlow, twistFlowTypes } from "./twist-flow.ts";

const random = createRandom(3);
const build = (steps: number) => twistFlow({ steps, width: 8, random: random.fold("start") });
const data = toyDensities.moons.generate({ count: 256, seed: 1 });

async function trained(backward: Backward) {
  const flow = build(3);
  const losses: number[] = [];
  const events = train({
    flow,
    data,
    batchSize: 128,
    steps: 30,
    optimizer: adam({ learningRate: 0.02 }),
    backward,
    random: random.fold("training"),
  });
  for await (const event of events) if (event.kind === "step") losses.push(event.loss);
  return { flow, losses };
}

/** The laws are about the bijection alone, so what the base density has learned is freed. */
function bijection() {
  const flow = build(1);
  dispose(Object.values(flow.base.parameters));
  return flow.bijection;
}
describeBijection("twistFlow", bijection, { types: twistFlowTypes });

describe("a twist flow", { timeout: 60_000 }, () => {
  beforeAll(() => startBackend("wasm"));

  it("learns, and learns the same with every kind of gradients", async () => {
    const { losses: whole } = await trained("whole");
    expect(whole.at(-1)).toBeLessThan(whole[0]! - 0.2);
    for (const backward of ["checkpointed", "reversible"] as const) {
      const { losses } = await trained(backward);
      expect(losses).toHaveLength(whole.length);
      // Gradients of one kind differ from another's by rounding, which 30 steps of Adam enlarge.
      losses.forEach((loss, i) => expect(Math.abs(loss - whole[i]!)).toBeLessThan(1e-3));
    }
  });

  it("gives the same densities after it was saved and loaded", async () => {
    const { flow } = await trained("reversible");
    const again = await loadFlow(await saveFlow(flow), { layers: twistFlowTypes });
    const x = tensor(data.values, [data.count, 2]);
    expect([...(await again.logProb(x).data())]).toEqual([...(await flow.logProb(x).data())]);
  });
});
