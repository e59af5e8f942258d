/** Solutions that are known: of linear equations, and of one that is nonlinear and depends on time. */
import { dispose, tensor } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { beforeAll, describe, expect, it } from "vitest";
import { linear, matrixExponential, pendulum, pendulumSolution } from "../../test-support/known-dynamics.ts";
import { continuousBlock, solveForward } from "../index.ts";
import type { OdeMethod } from "../index.ts";

beforeAll(() => startBackend("wasm"));

const a = [
  [0.3, -1.1, 0.2],
  [0.9, -0.4, 0.5],
  [-0.2, 0.7, 0.6],
];
const starts = [0.3, 1, 2.2, 3];

describe("dz/dt = z A", () => {
  const time = 1.5;
  const x = [1, -2, 0.5];
  const exponential = matrixExponential(a.map((row) => row.map((n) => n * time)));
  const expected = exponential.map((_, j) => x.reduce((sum, n, i) => sum + n * exponential[i]![j]!, 0));
  const trace = time * (0.3 - 0.4 + 0.6);

  it.each<OdeMethod>(["dopri5", "rk4"])("%s gives x exp(T A) and the log-det T tr(A)", async (method) => {
    const block = continuousBlock({ dynamics: linear(a), time, method, steps: 16 });
    const { y, logDet } = block.forwardAndLogDet(tensor([x]));
    const received = await y.data();
    expected.forEach((n, i) => expect(received[i]).toBeCloseTo(n, 5));
    expect((await logDet.data())[0]).toBeCloseTo(trace, 6);
    const back = block.inverseAndLogDet(y);
    (await back.x.data()).forEach((n, i) => expect(n).toBeCloseTo(x[i]!, 5));
    expect((await back.logDet.data())[0]).toBeCloseTo(-trace, 6);
    dispose([y, logDet, back.x, back.logDet]);
  });

  it.each([1e-3, 1e-5, 1e-7])(
    "step control at %s stays within its own error estimates",
    async (tolerance) => {
      const block = continuousBlock({ dynamics: linear(a), time });
      const options = { relativeTolerance: tolerance, absoluteTolerance: tolerance };
      const { y, logDet, evidence } = await solveForward(block, tensor([x]), options);
      const error = Math.hypot(...[...(await y.data())].map((n, i) => n - expected[i]!));
      // 2e-6: float32 rounding of some hundred operations on numbers of size 4.
      expect(error).toBeLessThan(evidence[0]!.error + 2e-6);
      expect(evidence[0]!.error).toBeLessThan(100 * tolerance);
      expect(Math.abs((await logDet.data())[0]! - trace)).toBeLessThan(1e-6);
      dispose([y, logDet]);
    },
  );
});

describe("dz/dt = cos(t) sin(z)", () => {
  const time = 1.2;
  const expected = starts.map((z) => pendulumSolution(z, time));
  const logDetOf = (pairs: readonly { logDet: number }[]) =>
    pairs.reduce((sum, each) => sum + each.logDet, 0);

  /** The largest error of z, and the error of the log-det. */
  async function errorsOf(method: OdeMethod, steps: number): Promise<[number, number]> {
    const block = continuousBlock({ dynamics: pendulum(starts.length), time, method, steps });
    const { y, logDet } = block.forwardAndLogDet(tensor([starts]));
    const [z, total] = [await y.data(), (await logDet.data())[0]!];
    dispose([y, logDet]);
    const ofZ = Math.max(...expected.map((each, i) => Math.abs(z[i]! - each.z)));
    return [ofZ, Math.abs(total - logDetOf(expected))];
  }

  // Few steps, so that errors lie above the rounding of float32.
  it.each<[OdeMethod, order: number, steps: number]>([
    ["rk4", 4, 2],
    ["dopri5", 5, 1],
  ])("%s converges with order %d, in z and in the log-det", async (method, order, steps) => {
    const [coarse, fine] = [await errorsOf(method, steps), await errorsOf(method, 2 * steps)];
    for (const i of [0, 1] as const) {
      const measured = Math.log2(coarse[i] / fine[i]);
      expect(measured, `${coarse[i]} to ${fine[i]}`).toBeGreaterThan(order - 0.7);
      expect(fine[i]).toBeGreaterThan(1e-6);
    }
    const finest = await errorsOf(method, 16);
    for (const error of finest) expect(error).toBeLessThan(3e-6);
  });

  it("errors fall with the tolerance, stay within their estimates, and cost evaluations", async () => {
    const k = 3;
    const quick = starts.map((z) => pendulumSolution(z, time, k));
    const block = continuousBlock({ dynamics: pendulum(starts.length, k), time });
    const runs = [];
    for (const tolerance of [1e-3, 3e-5, 1e-6]) {
      const options = { relativeTolerance: tolerance, absoluteTolerance: tolerance };
      const { y, logDet, evidence } = await solveForward(block, tensor([starts]), options);
      const [z, total] = [await y.data(), (await logDet.data())[0]!];
      dispose([y, logDet]);
      const error = Math.hypot(...quick.map((each, i) => z[i]! - each.z));
      const logDetError = Math.abs(total - logDetOf(quick));
      const { evaluations, steps, refusedSteps, rows } = evidence[0]!;
      // float32 rounding comes on top.
      expect(error).toBeLessThan(rows[0]!.error + 1e-6);
      expect(logDetError).toBeLessThan(rows[0]!.error + 3e-6);
      // One slope at the start, and six for every attempt, of which the last is the first of the next.
      expect(evaluations).toBe(1 + 6 * (steps + refusedSteps));
      runs.push({ error, evaluations });
    }
    expect(runs[1]!.error).toBeLessThan(runs[0]!.error / 5);
    expect(runs[2]!.error).toBeLessThan(runs[1]!.error / 5);
    expect(runs[2]!.evaluations).toBeGreaterThan(1.5 * runs[0]!.evaluations);
  });
});
