import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { bijectionTypes, chain, movingWeights } from "@invertible/bijection";
import { createFlow, diagonalNormal, disposeFlow, loadFlow, saveFlow } from "@invertible/flow";
import type { Flow } from "@invertible/flow";
import { NonFiniteError } from "@invertible/errors";
import { actNorm, layerTypes } from "@invertible/layers";
import { exactLogDet } from "@invertible/log-det";
import { createRandom, dispose, memory, mul, peakBytes, tidy } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { denseBranch, residualBlock, residualTypes } from "@invertible/residual";
import type { DenseBranchOptions } from "@invertible/residual";
import { adam } from "../optimizers/adam.ts";
import type { Optimizer } from "../optimizers/optimizer.ts";
import { backwards } from "../gradients/backward.ts";
import { memoryCheckpointStore } from "../checkpoints/checkpoint-store.ts";
import { evaluate } from "../measurements/evaluate.ts";
import { measureReconstruction } from "../measurements/measure-reconstruction.ts";
import { parameterAverage } from "../optimizers/parameter-average.ts";
import { train } from "./train.ts";
import type { TrainOptions } from "./train-options.ts";

beforeAll(() => startBackend("wasm"));

const flows: Flow[] = [];
const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
beforeEach(() => warn.mockClear());
afterEach(() => flows.splice(0).forEach(disposeFlow));

const random = createRandom(12);
const count = 64;
const data = { values: random.fold("data").normalArray(2 * count), shape: [2], count };

function newFlow(parametrisation: DenseBranchOptions["parametrisation"] = "capped"): Flow {
  const block = (key: string) =>
    residualBlock({
      branch: denseBranch({
        features: 2,
        hidden: [8],
        activation: "elu",
        coefficient: 0.9,
        preactivation: false,
        parametrisation,
        random: random.fold(key),
      }),
      logDet: exactLogDet(),
    });
  const bijection = chain([actNorm({ inputShape: [2] }), block("a"), block("b")]);
  const flow = createFlow({ bijection, base: diagonalNormal({ shape: [2] }) });
  flows.push(flow);
  return flow;
}

/** Moves all weights, as an optimiser does. */
function step(flow: Flow): void {
  for (const variable of Object.values(flow.parameters)) tidy(() => variable.assign(mul(variable, 1.01)));
}

function use(flow: Flow): void {
  const x = random.normal([4, 2]);
  dispose([flow.logProb(x), x]);
}

const options = (flow: Flow): TrainOptions => ({
  flow,
  data,
  batchSize: 16,
  steps: 5,
  optimizer: adam({ learningRate: 1e-2 }),
  random,
});

async function finish(given: TrainOptions): Promise<void> {
  for await (const _ of train(given)) continue;
}

describe("weights that moved without a refresh", () => {
  it("are warned of once, naming the layer and what to call", async () => {
    const flow = newFlow();
    use(flow);
    expect(flow.isFresh()).toBe(true);
    expect(warn).not.toHaveBeenCalled();
    step(flow);
    expect(flow.isFresh()).toBe(false);
    use(flow);
    expect(warn).toHaveBeenCalledTimes(1);
    expect(warn.mock.calls[0]![0]).toMatch(
      /^residualBlock \(bijection\.1\)\.forward: expected weights that the last refresh has seen, received .* await flow\.refresh\(\{ iterations: 1 \}\)/,
    );
    // The other blocks were met in the same pass, and say nothing of their own.
    for (let i = 0; i < 3; i++) {
      step(flow);
      use(flow);
      await Promise.resolve();
    }
    const { x } = await flow.sample(2, { random });
    dispose(x);
    expect(warn).toHaveBeenCalledTimes(1);
    await flow.refresh({ iterations: 1 });
    expect(flow.isFresh()).toBe(true);
  });

  it("are noticed by the inverse and by a solver too, and in another model again", async () => {
    for (const method of ["inverse", "solveInverse"]) {
      warn.mockClear();
      const flow = newFlow();
      step(flow);
      const y = random.normal([2, 2]);
      const x = method === "inverse" ? flow.bijection.inverse(y) : (await flow.sample(2, { random })).x;
      dispose([x, y]);
      expect(warn.mock.calls[0]![0]).toContain(`residualBlock (`);
      expect(warn.mock.calls[0]![0]).toContain(`.${method}: expected weights`);
    }
  });

  it("are noticed without a kernel, a tensor or a number read back", async () => {
    const flow = newFlow();
    step(flow);
    const before = memory().numTensors;
    const { result, peakBytes: peak } = await peakBytes(() => flow.isFresh());
    expect([result, peak, memory().numTensors]).toEqual([false, 0, before]);
  });
});

describe("there is no warning", () => {
  it.each(backwards)(
    "in training, with %s gradients, an average and evaluation between events",
    async (backward) => {
      const flow = newFlow();
      const averaging = parameterAverage({ model: flow, decay: 0.9 });
      for await (const _ of train({ ...options(flow), backward, averaging, reportEvery: 2 })) {
        await evaluate({ flow, data, random });
        expect(flow.isFresh()).toBe(true);
      }
      await averaging.use(() => evaluate({ flow, data, random }));
      use(flow);
      await averaging.apply();
      await measureReconstruction({ flow, data, random });
      averaging.dispose();
      expect(warn).not.toHaveBeenCalled();
    },
  );

  it.each([1, 3, 10])(
    "when training goes back behind a NaN, with a report every %i steps",
    async (reportEvery) => {
      const flow = newFlow();
      const inner = adam({ learningRate: 1e-2 });
      let present = 0;
      // The update of step 4 breaks the weights, so step 5 fails.
      const breaking: Optimizer = {
        ...inner,
        scalars: (step, rate) => inner.scalars((present = step), rate),
        update(request) {
          const updated = inner.update(request);
          return present === 4 ? { ...updated, parameters: mul(updated.parameters, NaN) } : updated;
        },
      };
      const given = { ...options(flow), steps: 10, optimizer: breaking, reportEvery };
      await expect(finish(given)).rejects.toThrow(NonFiniteError);
      expect(warn).not.toHaveBeenCalled();
      expect(flow.isFresh()).toBe(true);
    },
  );

  it("when a run goes back and continues", async () => {
    const flow = newFlow();
    const inner = adam({ learningRate: 1e-2 });
    let [broken, present] = [false, 0];
    // Only the first time: the run goes back to step 0 and makes the steps again one by one.
    const breaking: Optimizer = {
      ...inner,
      scalars: (step, rate) => inner.scalars((present = step), rate),
      update(request) {
        const updated = inner.update(request);
        if (present !== 1 || broken) return updated;
        broken = true;
        return { ...updated, parameters: mul(updated.parameters, NaN) };
      },
    };
    await finish({ ...options(flow), optimizer: breaking, reportEvery: 5 });
    expect(broken).toBe(true);
    use(flow);
    expect(warn).not.toHaveBeenCalled();
  });

  it("when a run is resumed, or a flow is saved and loaded", async () => {
    const store = memoryCheckpointStore();
    await finish({ ...options(newFlow()), steps: 2, checkpoint: { store } });
    const flow = newFlow();
    await finish({ ...options(flow), checkpoint: { store }, resume: "required" });
    const bytes = await saveFlow(flow);
    use(flow);
    const loaded = await loadFlow(bytes, { layers: [...bijectionTypes, ...residualTypes, ...layerTypes] });
    flows.push(loaded);
    expect(loaded.isFresh()).toBe(true);
    use(loaded);
    await evaluate({ flow: loaded, data, random });
    expect(warn).not.toHaveBeenCalled();
  });

  it("after enforce, whether it scales weights down or leaves them", async () => {
    const flow = newFlow();
    for (let i = 0; i < 3; i++) {
      step(flow);
      await flow.enforce();
      expect(flow.isFresh()).toBe(true);
      use(flow);
    }
    for (const variable of Object.values(flow.parameters)) tidy(() => variable.assign(mul(variable, 20)));
    await flow.enforce();
    use(flow);
    const { x } = await flow.sample(3, { random });
    dispose(x);
    expect(warn).not.toHaveBeenCalled();
  });

  it("in a loop of one's own that refreshes, by iterations or to a tolerance", async () => {
    const flow = newFlow();
    for (const refresh of [{ iterations: 1 }, { tolerance: 1e-3 }])
      for (let i = 0; i < 3; i++) {
        use(flow);
        step(flow);
        await flow.refresh(refresh);
        use(flow);
      }
    expect(warn).not.toHaveBeenCalled();
  });

  it("where weights and state are put back together", () => {
    const flow = newFlow();
    const saved = [...Object.values(flow.parameters), ...Object.values(flow.state)].map(
      (variable) => [variable, variable.clone()] as const,
    );
    step(flow);
    for (const [variable, value] of saved) variable.assign(value);
    use(flow);
    dispose(saved.map(([, value]) => value));
    expect(warn).not.toHaveBeenCalled();
  });

  it("where nothing is estimated", () => {
    for (const parametrisation of ["aol", "orthogonal"] as const) {
      const flow = newFlow(parametrisation);
      step(flow);
      expect(flow.isFresh()).toBe(true);
      use(flow);
    }
    expect(warn).not.toHaveBeenCalled();
  });

  it("where they are moved on purpose", async () => {
    const flow = newFlow();
    step(flow);
    await movingWeights(async () => use(flow));
    expect(warn).not.toHaveBeenCalled();
    use(flow);
    expect(warn).toHaveBeenCalledTimes(1);
  });
});

it("no state is trainable", () => {
  for (const [name, variable] of Object.entries(newFlow().state))
    expect(variable.trainable, name).toBe(false);
});
