import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { disposeFlow } from "@invertible/flow";
import type { Flow } from "@invertible/flow";
import { createRandom, memory } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { adam } from "./adam.ts";
import { evaluate } from "../measurements/evaluate.ts";
import { bitsOf, smallFlow, twoGaussians } from "../../test-support/flows.ts";
import { parameterAverage } from "./parameter-average.ts";
import { parameterLayout } from "./parameter-layout.ts";
import { train } from "../loop/train.ts";

beforeAll(() => startBackend("wasm"));

const flows: Flow[] = [];
afterEach(() => flows.splice(0).forEach(disposeFlow));
const newFlow = (): Flow => {
  const flow = smallFlow({ couplings: 2 });
  flows.push(flow);
  return flow;
};
const data = twoGaussians(200, 3);
const random = createRandom(1);
const usual = (flow: Flow) => ({
  flow,
  data,
  random,
  batchSize: 50,
  steps: 8,
  optimizer: adam({ learningRate: 1e-2 }),
});

async function flat(flow: Flow): Promise<number[]> {
  const { variables } = parameterLayout(flow.parameters);
  return (await Promise.all(variables.map((variable) => variable.data()))).flatMap((array) => [...array]);
}

describe("parameterAverage", () => {
  it("is the exponential average of the parameters from their start on", async () => {
    const flow = newFlow();
    const averaging = parameterAverage({ model: flow, decay: 0.75 });
    let expected: number[] = [];
    for await (const event of train({ ...usual(flow), averaging })) {
      const parameters = await flat(flow);
      if (event.kind === "initialised") expected = parameters;
      if (event.kind === "step") expected = expected.map((a, i) => 0.75 * a + 0.25 * parameters[i]!);
    }
    const got = [...(await averaging.vector!.data())];
    expect(Math.max(...got.map((value, i) => Math.abs(value - expected[i]!)))).toBeLessThan(1e-6);
    averaging.dispose();
  });

  it("does not change training, used in between or not", async () => {
    const [plain, averaged] = [newFlow(), newFlow()];
    for await (const event of train(usual(plain))) void event;
    const averaging = parameterAverage({ model: averaged, decay: 0.9 });
    const losses: number[] = [];
    for await (const event of train({ ...usual(averaged), averaging }))
      if (event.kind === "step")
        losses.push((await averaging.use(() => evaluate({ flow: averaged, data, random }))).meanNll);
    expect(new Set(losses).size).toBe(8);
    expect(await bitsOf(averaged)).toEqual(await bitsOf(plain));
    averaging.dispose();
  });

  it("is what `use` evaluates and `apply` leaves", async () => {
    const flow = newFlow();
    const averaging = parameterAverage({ model: flow, decay: 0.9 });
    for await (const event of train({ ...usual(flow), averaging })) void event;
    const own = await flat(flow);
    const average = [...(await averaging.vector!.data())];
    expect(await averaging.use(() => flat(flow))).toEqual(average);
    expect(await flat(flow)).toEqual(own);
    await expect(averaging.use(() => Promise.reject(new Error("task failed")))).rejects.toThrow(
      "task failed",
    );
    expect(await flat(flow)).toEqual(own);
    await averaging.apply();
    expect(await flat(flow)).toEqual(average);
    averaging.dispose();
  });

  it("starts again with a new run, and leaks nothing", async () => {
    const flow = newFlow();
    const before = memory().numTensors;
    const averaging = parameterAverage({ model: flow, decay: 0.9 });
    for await (const event of train({ ...usual(flow), averaging })) void event;
    for await (const event of train({ ...usual(flow), averaging })) {
      expect(event.kind).toBe("initialised");
      expect([...(await averaging.vector!.data())]).toEqual(await flat(flow));
      break;
    }
    averaging.dispose();
    expect(memory().numTensors).toBe(before);
  });

  it("rejects a decay outside (0, 1), another flow's average, and use before training", async () => {
    const flow = newFlow();
    expect(() => parameterAverage({ model: flow, decay: 1 })).toThrow(
      "parameterAverage.decay: expected a number in (0, 1), received 1",
    );
    const averaging = parameterAverage({ model: flow, decay: 0.9 });
    expect(() => train({ ...usual(newFlow()), averaging })).toThrow(
      "train.averaging: expected an average of the model that is trained",
    );
    await expect(averaging.use(() => Promise.resolve(1))).rejects.toThrow(
      "parameterAverage: expected an average",
    );
  });
});
