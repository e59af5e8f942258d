/** The density that a block gives a standard normal: its integral, its estimates, and what it says of their errors. */
import {
  add,
  createRandom,
  dispose,
  mul,
  square,
  sum,
  sumPerExample,
  tensor,
  tidy,
  tile,
} from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { beforeAll, describe, expect, it } from "vitest";
import { strengthened } from "../../test-support/strong-weights.ts";
import { continuousBlock, denseDynamics, exactTrace, hutchinsonTrace, solveForward } from "../index.ts";
import type { ContinuousBlock, OdeOptions, TraceEstimator } from "../index.ts";

beforeAll(() => startBackend("wasm"));

const random = createRandom(4);
const features = 2;
/** A bent density, whose log-dets reach from -2.2 to 2.4 on the grid below. */
const block = (trace: TraceEstimator, more: OdeOptions = {}): ContinuousBlock =>
  continuousBlock({
    dynamics: strengthened(denseDynamics({ features, hidden: [16, 16], random }), 5),
    time: 1,
    steps: 8,
    trace,
    ...more,
  });

/** The middles of n x n cells of the square [-reach, reach]^2. */
function grid(reach: number, n: number): { points: Tensor; cell: number } {
  const width = (2 * reach) / n;
  const at = (i: number) => -reach + (i + 0.5) * width;
  const points = Array.from({ length: n * n }, (_, i) => [at(i % n), at(Math.floor(i / n))]);
  return { points: tensor(points), cell: width ** 2 };
}

/** log N(y) + log-det. */
const logProb = (y: Tensor, logDet: Tensor) =>
  tidy(() => add(add(mul(sumPerExample(square(y)), -0.5), -Math.log(2 * Math.PI)), logDet) as Tensor);

async function integral(y: Tensor, logDet: Tensor, cell: number): Promise<number> {
  const logProbs = await logProb(y, logDet).data<"float32">();
  return logProbs.reduce((total, each) => total + Math.exp(each) * cell, 0);
}

describe("a bent density of the plane", () => {
  it("integrates to 1 +- 0.5 %, in fixed steps and by step control", async () => {
    const flow = block(exactTrace());
    const { points, cell } = grid(6, 70);
    const fixed = flow.forwardAndLogDet(points);
    const controlled = await solveForward(flow, points);
    const logDets = [...(await fixed.logDet.data())];
    expect(Math.abs((await integral(fixed.y, fixed.logDet, cell)) - 1)).toBeLessThan(0.005);
    expect(Math.abs((await integral(controlled.y, controlled.logDet, cell)) - 1)).toBeLessThan(0.005);
    // Neither is the density of the base.
    expect(Math.max(...logDets) - Math.min(...logDets)).toBeGreaterThan(2);
    dispose([points, fixed.y, fixed.logDet, controlled.y, controlled.logDet]);
  });

  it("is within its error estimate of a solve to a hundredth of the tolerance", async () => {
    const flow = block(exactTrace());
    const points = mul(random.fold("points").normal([200, features]), 2) as Tensor;
    const loose = await solveForward(flow, points, { relativeTolerance: 1e-4, absoluteTolerance: 1e-4 });
    const tight = await solveForward(flow, points, { relativeTolerance: 1e-6, absoluteTolerance: 1e-6 });
    const [a, b] = [await loose.logDet.data(), await tight.logDet.data()];
    const { rows } = loose.evidence[0]!;
    // 1e-5 nats: rounding of the float32 sums.
    a.forEach((n, i) => expect(Math.abs(n - b[i]!)).toBeLessThan(rows[i]!.error + 1e-5));
    expect(loose.evidence[0]!.error).toBeLessThan(0.05);
    dispose([points, loose.y, loose.logDet, tight.y, tight.logDet]);
  });
});

describe("random probes", () => {
  const points = () => random.fold("some").normal([16, features]);
  const draws = 400;

  it.each(["rademacher", "gaussian"] as const)(
    "%s: the mean log-det agrees with the exact one within 4 standard errors and the solver's error estimate",
    async (distribution) => {
      const x = points();
      const exact = await solveForward(block(exactTrace()), x);
      const expected = await exact.logDet.data();
      // Every row has a probe of its own.
      const many = tile(x, [draws, 1]);
      const { y, logDet } = block(hutchinsonTrace({ distribution })).forwardAndLogDet(many, { random });
      const numbers = await logDet.data<"float32">();
      expected.forEach((n, i) => {
        const own = numbers.filter((_, at) => at % expected.length === i);
        const mean = own.reduce((total, each) => total + each, 0) / draws;
        const variance = own.reduce((total, each) => total + (each - mean) ** 2, 0) / (draws - 1);
        const standardError = Math.sqrt(variance / draws);
        expect(standardError).toBeGreaterThan(1e-4);
        expect(Math.abs(mean - n)).toBeLessThan(4 * standardError + exact.evidence[0]!.rows[i]!.error + 1e-5);
      });
      dispose([x, many, y, logDet, exact.y, exact.logDet]);
    },
  );

  it("stay the same for a whole solve: all steps of one key see one probe, and step control sees the same", async () => {
    const x = points();
    const flow = block(hutchinsonTrace({ probes: 3 }));
    const call = { random: random.fold("one key") };
    const fixed = flow.forwardAndLogDet(x, call);
    const controlled = await solveForward(flow, x, call);
    const exact = await solveForward(block(exactTrace()), x);
    const distance = async (a: Tensor, b: Tensor) => {
      const difference = tidy(() => sum(square(add(a, mul(b, -1)))));
      const value = (await difference.data())[0]!;
      difference.dispose();
      return Math.sqrt(value);
    };
    expect(await distance(fixed.logDet, controlled.logDet)).toBeLessThan(1e-3);
    expect(await distance(fixed.logDet, exact.logDet)).toBeGreaterThan(0.1);
    dispose([x, ...[fixed, controlled, exact].flatMap(({ y, logDet }) => [y, logDet])]);
  });
});
