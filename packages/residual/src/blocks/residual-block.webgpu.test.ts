import { refresh, solveInverse } from "@invertible/bijection";
import type { Bijection, Call } from "@invertible/bijection";
import { exactLogDet, powerSeries } from "@invertible/log-det";
import {
  abs,
  createRandom,
  dispose,
  max,
  memory,
  mul,
  square,
  sub,
  sum,
  tidy,
  valueAndGradients,
} from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { describe, expect, it } from "vitest";
import {
  bottleneckBranch,
  denseBranch,
  denseNetBranch,
  implicitBlock,
  monotoneBlock,
  residualBlock,
} from "../index.ts";

const random = createRandom(61);
const training: Call = { random, training: true };

const [terms, exactly] = [powerSeries({ terms: 5 }), exactLogDet()];
const dense = (key: string, coefficient = 0.9) =>
  denseBranch({
    features: 3,
    hidden: [16, 16],
    activation: "lipSwish",
    coefficient,
    preactivation: true,
    random: random.fold(key),
  });

const table: [name: string, build: () => Bijection][] = [
  [
    "residualBlock, dense lipSwish",
    () => residualBlock({ branch: dense("g"), logDet: terms, evaluationLogDet: exactly }),
  ],
  [
    "residualBlock, bottleneck elu",
    () =>
      residualBlock({
        branch: bottleneckBranch({
          inputShape: [6, 6, 4],
          hidden: 8,
          activation: "elu",
          coefficient: 0.9,
          preactivation: false,
          random,
        }),
        logDet: terms,
      }),
  ],
  [
    "implicitBlock, dense",
    () =>
      implicitBlock({
        inputBranch: dense("x", 0.6),
        outputBranch: dense("z", 0.6),
        logDet: terms,
        evaluationLogDet: exactly,
      }),
  ],
  [
    "monotoneBlock, denseNet on images",
    () =>
      monotoneBlock({
        branch: denseNetBranch({
          inputShape: [4, 4, 3],
          layers: 2,
          growth: 6,
          activation: "cLipSwish",
          coefficient: 0.9,
          parametrisation: "aol",
          random,
        }),
        logDet: terms,
      }),
  ],
];

/** Everything a training step and a reconstruction give, as numbers. */
async function numbers(build: () => Bijection) {
  const block = build();
  for (const [name, variable] of Object.entries(block.parameters))
    if (name.endsWith("weight"))
      tidy(() => variable.assign(mul(random.fold(name).normal(variable.shape), 0.5)));
  await refresh(block, { iterations: 3 });
  await refresh(block, { tolerance: 1e-5 });
  const x = random.normal([4, ...block.inputShape]);
  const before = memory().numTensors;
  const loss = () => {
    const { y, logDet } = block.forwardAndLogDet(x, training);
    return sub(sum(square(y)), sum(logDet));
  };
  const { value, gradients } = valueAndGradients(loss, Object.values(block.parameters));
  const evaluated = block.forwardAndLogDet(x, { random, training: false });
  const solved = await solveInverse(block, evaluated.y, {
    random,
    training: false,
    tolerance: 1e-3,
  });
  const error = tidy(() => max(abs(sub(solved.x, x))));
  const tensors = { loss: value, y: evaluated.y, logDet: evaluated.logDet, error };
  const read = async (t: Tensor) => Array.from(await t.data());
  const result = {
    ...Object.fromEntries(
      await Promise.all(Object.entries(tensors).map(async ([k, t]) => [k, await read(t)] as const)),
    ),
    ...Object.fromEntries(
      await Promise.all(gradients.map(async (g, i) => [`gradient ${i}`, await read(g)] as const)),
    ),
  } as Record<string, number[]>;
  dispose([value, ...gradients, evaluated.y, evaluated.logDet, solved.x, error]);
  return { result, left: memory().numTensors - before, evidence: solved.evidence[0]! };
}

describe.each(table)("a block on webgpu: %s", (_, build) => {
  it("trains, inverts and reads back as on cpu, and leaves no tensor", async () => {
    await startBackend("cpu");
    const cpu = await numbers(build);
    await startBackend("webgpu");
    const gpu = await numbers(build);
    for (const [name, expected] of Object.entries(cpu.result)) {
      if (name === "error") continue;
      const size = Math.max(1, ...expected.map(Math.abs));
      expected.forEach((value, i) =>
        expect(Math.abs(gpu.result[name]![i]! - value), `${name}[${i}]`).toBeLessThan(2e-4 * size),
      );
    }
    expect(gpu.result["error"]![0]).toBeLessThan(1e-3);
    expect(gpu.evidence.converged).toBe(true);
    expect(gpu.left).toBe(0);
  });
});
