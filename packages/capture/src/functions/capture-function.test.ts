import { chain, disposeBijection } from "@invertible/bijection";
import { ArgumentError, ShapeError, UnsupportedError } from "@invertible/errors";
import { disposeFlow } from "@invertible/flow";
import {
  add,
  createRandom,
  dispose,
  exp,
  fill,
  memory,
  mul,
  ones,
  square,
  sum,
  tensor,
  tidy,
  valueAndGradients,
  variable,
  zeros,
} from "@invertible/ops";
import type { Random, Tensor } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { injectivePadding, squeeze } from "@invertible/layers";
import { bottleneckBranch, residualBlock } from "@invertible/residual";
import { beforeAll, describe, expect, it } from "vitest";
import { flows, move, movedFlow, relativeError } from "../../test-support/flows.ts";
import { captureFunction } from "../index.ts";

beforeAll(() => startBackend("wasm"));

const random = createRandom(5);

describe("captureFunction", () => {
  it.each(Object.entries(flows))("gives the numbers of the backend: %s", async (_, flowCase) => {
    const before = memory().numTensors;
    const flow = await movedFlow(flowCase);
    const { draw, conditionFeatures } = flowCase;
    const callOf = (batch: number, key: Random) => ({
      random: key,
      ...(conditionFeatures !== undefined && {
        condition: key.fold("condition").normal([batch, conditionFeatures]),
      }),
    });
    const evaluate = (x: Tensor, call: ReturnType<typeof callOf>) => {
      const { y, logDet } = flow.bijection.forwardAndLogDet(x, call);
      return { z: y, logDet, logProb: flow.logProb(x, call) };
    };
    const invert = (z: Tensor, call: ReturnType<typeof callOf>) => flow.bijection.inverse(z, call);
    const x = draw(3, random.fold("example"));
    const call = callOf(3, random);
    const z = flow.bijection.forward(x, call);
    const forward = await captureFunction(evaluate, [x, call]);
    const inverse = await captureFunction(invert, [z, call]);
    for (const batch of [3, 1, 4]) {
      const key = random.fold(batch);
      const [values, other] = [draw(batch, key), callOf(batch, key)];
      const [expected, received] = [evaluate(values, other), await forward.run(values, other)];
      for (const name of ["z", "logDet", "logProb"] as const)
        expect(await relativeError(received[name], expected[name]), `${name} of ${batch}`).toBeLessThan(1e-5);
      const [back, expectedBack] = [
        await inverse.run(expected.z, other),
        tidy(() => invert(expected.z, other)),
      ];
      // Pixels are rounded down, so that they agree exactly or differ by a whole level.
      expect(await relativeError(back, expectedBack), `inverse of ${batch}`).toBeLessThan(1e-5);
      dispose([values, back, expectedBack, expected, received]);
      if (other.condition) dispose(other.condition);
    }
    await forward.dispose();
    await inverse.dispose();
    dispose([x, z]);
    if (call.condition) dispose(call.condition);
    disposeFlow(flow);
    expect(memory().numTensors).toBe(before);
  });

  it("records maps without a log-det, forward with gradients and back", async () => {
    const branch = (coefficient: number | "none") =>
      bottleneckBranch({
        ...{ inputShape: [4, 4, 5], hidden: 6, activation: "elu", coefficient, preactivation: true },
        random: random.fold("branch"),
      });
    const padding = injectivePadding({ inputShape: [4, 4, 2], channels: 3 });
    const body = chain([padding, residualBlock({ branch: branch(0.8), inverse: { tolerance: 1e-3 } })]);
    const network = chain([
      padding,
      residualBlock({ branch: branch("none") }),
      squeeze({ inputShape: [4, 4, 5] }),
    ]);
    const x = random.fold("images").normal([3, 4, 4, 2]);
    const evaluate = (x: Tensor) => {
      const { value, gradients } = valueAndGradients(
        () => sum(square(network.forward(x))) as Tensor,
        [x, ...Object.values(network.parameters)],
      );
      return {
        y: body.forward(x),
        z: network.forward(x),
        back: body.inverse(body.forward(x)),
        value,
        gradients,
      };
    };
    const captured = await captureFunction(evaluate, [x]);
    for (const batch of [3, 2]) {
      const values = random.fold(batch).normal([batch, 4, 4, 2]);
      const [expected, received] = [evaluate(values), await captured.run(values)];
      for (const name of ["y", "z", "back", "value"] as const)
        expect(await relativeError(received[name], expected[name]), name).toBeLessThan(1e-5);
      for (const [i, gradient] of expected.gradients.entries())
        expect(await relativeError(received.gradients[i]!, gradient), `gradient ${i}`).toBeLessThan(1e-5);
      dispose([values, expected, received]);
    }
    await captured.dispose();
    [body, network].forEach(disposeBijection);
    dispose(x);
  });

  it("follows variables that are assigned to, and keeps everything else", async () => {
    const flow = await movedFlow(flows["vectorIResNet"]!);
    const x = random.normal([4, 4]);
    let factor = 1;
    const captured = await captureFunction((x: Tensor) => mul(flow.logProb(x), factor), [x]);
    const compare = async () => {
      const [received, expected] = [await captured.run(x), flow.logProb(x)];
      const error = await relativeError(received, expected);
      dispose([received, expected]);
      return error;
    };
    expect(await compare()).toBeLessThan(1e-5);
    const before = flow.logProb(x);
    await move(flow, random.fold("again"));
    const after = flow.logProb(x);
    expect(await relativeError(before, after)).toBeGreaterThan(1e-2);
    factor = 2;
    expect(await compare()).toBeLessThan(1e-5);
    await captured.dispose();
    disposeFlow(flow);
    dispose([x, before, after]);
  });

  it("tells variables apart that shared their numbers when it was recorded", async () => {
    const [a, b] = [variable(ones([2])), variable(zeros([2]))];
    b.assign(a);
    expect(a.dataId).toBe(b.dataId);
    const x = ones([1, 2]);
    const captured = await captureFunction((x: Tensor) => add(mul(x, a), mul(b, 10)) as Tensor, [x]);
    const run = async () => [...(await (await captured.run(x)).data())];
    expect(await run()).toEqual([11, 11]);
    b.assign(fill([2], 3));
    expect(await run()).toEqual([31, 31]);
    a.assign(fill([2], 2));
    expect(await run()).toEqual([32, 32]);
    await captured.dispose();
    a.dispose();
    b.dispose();
  });

  it("draws its numbers from the key of each run", async () => {
    const noisy = (key: Random, x: Tensor) =>
      add(x, key.fold("a").split(2)[1]!.uniform(x.shape, -2, 3)) as Tensor;
    const x = random.normal([3, 2]);
    const captured = await captureFunction(noisy, [random, x]);
    for (const key of [random, random.fold("other")])
      expect([...(await (await captured.run(key, x)).data())]).toEqual([...(await noisy(key, x).data())]);
    await captured.dispose();
  });

  it("gives NaN for NaN, in that row only", async () => {
    const flow = await movedFlow(flows["vectorGlow"]!);
    const x = tensor([1, NaN, 2, 3, 1, 1, 2, 3], [2, 4]);
    const captured = await captureFunction((x: Tensor) => flow.logProb(x), [x]);
    const [first, second] = await (await captured.run(x)).data();
    expect(first).toBeNaN();
    expect(second).toBeTypeOf("number");
    expect(second).not.toBeNaN();
    await captured.dispose();
    disposeFlow(flow);
  });

  it("takes calls at the same time, more batch sizes than it keeps, and arguments that are freed at once", async () => {
    const captured = await captureFunction((x: Tensor) => sum(exp(x), -1) as Tensor, [ones([1, 2])]);
    const results = await Promise.all(
      [2, 3, 4, 5, 6, 7, 2, 3, 1].map((batch) => {
        const x = fill([batch, 2], batch);
        const result = captured.run(x);
        dispose(x);
        return result;
      }),
    );
    for (const result of results) {
      const [value] = await result.data();
      expect(value).toBeCloseTo(2 * Math.exp(result.shape[0]!), -1);
      expect(result.shape).toHaveLength(1);
    }
    const late = captured.run(ones([9, 2]));
    const ended = captured.dispose();
    await expect(late).rejects.toThrow(/in use/);
    await ended;
  });

  it("refuses what it cannot do, in words", async () => {
    const x = ones([2, 3]);
    const before = memory().numTensors;
    const captured = await captureFunction(
      (x: Tensor, call: { training: boolean }) => mul(x, Number(call.training)),
      [x, { training: true }],
    );
    const run = captured.run as (...args: readonly unknown[]) => Promise<Tensor>;
    await expect(run(ones([2, 4]), { training: true })).rejects.toThrow(
      new ShapeError("captureFunction.run: argument 0: expected [B, 3], received [2, 4]"),
    );
    await expect(run(zeros([0, 3]), { training: true })).rejects.toThrow(
      new ShapeError(
        "captureFunction.run: argument 0: expected [B, 3] with at least one example, received [0, 3]",
      ),
    );
    await expect(run(ones([2, 3], "int32"), { training: true })).rejects.toThrow(
      new ArgumentError(
        'captureFunction.run: argument 0: expected a tensor of type float32, received "int32"',
      ),
    );
    await expect(run(x)).rejects.toThrow(
      /argument 1.training \(constant\), received "argument 0 \(tensor\)"/,
    );
    await expect(run([1, 2], { training: true })).rejects.toThrow(ArgumentError);
    expect([...(await (await run(x, { training: false })).data())]).toEqual(new Array(6).fill(0));
    await captured.dispose();
    await expect(run(x, { training: true })).rejects.toThrow(
      /captureFunction.run: expected a captured function in use/,
    );

    const reads = (x: Tensor) => mul(x, exp(x).dataSync()[0]!);
    await expect(captureFunction(reads, [x])).rejects.toThrow(/reads no numbers back/);
    await expect(captureFunction(reads, [x])).rejects.toThrow(UnsupportedError);
    const late = (x: Tensor) => Promise.resolve(x);
    await expect(captureFunction(late, [x])).rejects.toThrow(/received a promise/);
    await expect(captureFunction((_: Tensor) => 3, [x])).rejects.toThrow(
      new ArgumentError(
        "captureFunction: result: expected a tensor, or a list or plain object of tensors, received 3",
      ),
    );
    await expect(captureFunction((x: Tensor) => x, [x], { threads: 0 })).rejects.toThrow(ArgumentError);
    await expect(captureFunction((x: Tensor) => x, [x], { thread: 1 } as never)).rejects.toThrow(/threads/);
    await expect(captureFunction(undefined as never, [x])).rejects.toThrow(/a function of tensors/);
    const key: Random = random;
    await expect(
      captureFunction((key: Random, x: Tensor) => mul(x, key.normalArray(1)[0]!), [key, x]),
    ).rejects.toThrow(/random.normalArray/);
    const own = variable(ones([3]));
    const withOwn = await captureFunction((x: Tensor) => mul(x, own) as Tensor, [x]);
    own.dispose();
    await expect(withOwn.run(x)).rejects.toThrow(/variables in use/);
    await withOwn.dispose();
    // An identity gives a tensor of its own.
    const identity = await captureFunction((x: Tensor) => x, [x]);
    const same = await identity.run(x);
    same.dispose();
    expect(x.isDisposed).toBe(false);
    await identity.dispose();
    expect(memory().numTensors - before).toBeLessThan(8); // the tensors that this test made and kept
    dispose(x);
  });
});
