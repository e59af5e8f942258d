import { UnsupportedError } from "@invertible/errors";
import {
  add,
  createRandom,
  dispose,
  gradients,
  memory,
  mul,
  peakBytes,
  square,
  sum,
  tidy,
  valueAndGradients,
} from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { beforeAll, describe, expect, it } from "vitest";
import { continuousBlock, convDynamics, denseDynamics, hutchinsonTrace } from "../index.ts";
import type { ContinuousBlock, Dynamics, OdeGradient, TraceEstimator } from "../index.ts";

beforeAll(() => startBackend("wasm"));

const random = createRandom(8);
const time = 0.5;

/** The gradients of a loss of value and log-det in input, condition and parameters. */
async function gradientsOf(block: ContinuousBlock, direction: "forward" | "inverse", condition?: Tensor) {
  const x = random.fold("x").normal([5, ...block.inputShape]);
  const weights = random.fold("weights").normal([5, ...block.inputShape]);
  const call = { random: random.fold("probes"), training: true, ...(condition && { condition }) };
  const { value, gradients } = valueAndGradients(
    () => {
      const result =
        direction === "forward" ? block.forwardAndLogDet(x, call) : block.inverseAndLogDet(x, call);
      const z = "y" in result ? result.y : result.x;
      return add(sum(mul(z, weights)), sum(mul(square(result.logDet), 3)));
    },
    [x, ...Object.values(block.parameters), ...(condition ? [condition] : [])] as Tensor[],
  );
  const numbers = await Promise.all(gradients.map((gradient) => gradient.data()));
  dispose([x, weights, value, ...gradients]);
  return numbers;
}

describe("checkpointed gradients equal those of recording everything", () => {
  const table: [name: string, dynamics: () => Dynamics, trace?: TraceEstimator][] = [
    ["dense", () => denseDynamics({ features: 3, hidden: [6, 6], random })],
    [
      "dense, two probes",
      () => denseDynamics({ features: 3, hidden: [6], random }),
      hutchinsonTrace({ probes: 2 }),
    ],
    [
      "images with a condition",
      () => convDynamics({ inputShape: [3, 2, 2], hidden: [3], conditionFeatures: 2, random }),
    ],
  ];
  const cases = table.flatMap(([name, dynamics, trace]) =>
    (["forward", "inverse"] as const).map((direction) => ({ name, direction, dynamics, trace })),
  );

  it.each(cases)("$name, $direction", async ({ direction, dynamics, trace }) => {
    const build = (gradient: OdeGradient) =>
      continuousBlock({ dynamics: dynamics(), time, steps: 3, gradient, ...(trace && { trace }) });
    const [whole, checkpointed] = [build("whole"), build("checkpointed")];
    // One row for all examples, whose gradient is the sum over them.
    const condition = dynamics().conditionFeatures > 0 ? random.fold("c").normal([1, 2]) : undefined;
    const expected = await gradientsOf(whole, direction, condition);
    const before = memory().numTensors;
    const received = await gradientsOf(checkpointed, direction, condition);
    expect(memory().numTensors).toBe(before);
    expect(received.length).toBe(expected.length);
    expected.forEach((numbers, i) => {
      const size = Math.hypot(...numbers);
      expect(size).toBeGreaterThan(0);
      expect(Math.hypot(...numbers.map((n, at) => n - received[i]![at]!))).toBeLessThan(2e-5 * size);
    });
  });
});

describe("memory", () => {
  const bytes = async (gradient: OdeGradient, steps: number) => {
    const block = continuousBlock({
      dynamics: denseDynamics({ features: 2, hidden: [24, 24], random }),
      time,
      steps,
      gradient,
    });
    const x = random.normal([32, 2]);
    const { peakBytes: most } = await peakBytes(() =>
      tidy(() => {
        valueAndGradients(
          () => sum(square(block.forwardAndLogDet(x).logDet)),
          Object.values(block.parameters),
        );
      }),
    );
    return most;
  };

  it("of a recorded solve grows with its steps, that of checkpoints hardly does", async () => {
    const [whole, wholeTwice] = [await bytes("whole", 3), await bytes("whole", 6)];
    const [kept, keptTwice] = [await bytes("checkpointed", 3), await bytes("checkpointed", 6)];
    expect(wholeTwice / whole).toBeGreaterThan(1.8);
    expect(keptTwice / kept).toBeLessThan(1.05);
    expect(wholeTwice / keptTwice).toBeGreaterThan(4);
  });
});

describe("second derivatives", () => {
  const build = (gradient: OdeGradient) =>
    continuousBlock({
      dynamics: denseDynamics({ features: 2, hidden: [4], random }),
      time,
      steps: 2,
      gradient,
    });
  const second = (block: ContinuousBlock, x: Tensor) =>
    gradients((x) => gradients((x) => sum(square(block.forward(x))), [x])[0]!, [x])[0]!;

  it("are those of finite differences for a recorded solve", async () => {
    const block = build("whole");
    const x = random.normal([1, 2]);
    const first = (shift: number) =>
      gradients((x) => sum(square(block.forward(x))), [add(x, shift) as Tensor])[0]!.data();
    const h = 1e-2;
    const [up, down, exact] = [await first(h), await first(-h), await second(block, x).data()];
    exact.forEach((n, i) => expect(n).toBeCloseTo((up[i]! - down[i]!) / (2 * h), 3));
  });

  it("are an error for checkpoints, that says what to do", () => {
    const x = random.normal([1, 2]);
    expect(() => second(build("checkpointed"), x)).toThrow(UnsupportedError);
    expect(() => second(build("checkpointed"), x)).toThrow(/gradient: "whole"/);
  });
});
