import { solveInverse } from "@invertible/bijection";
import type { Call, SolveCall } from "@invertible/bijection";
import { exactLogDet, geometricLaw, powerSeries, russianRoulette } from "@invertible/log-det";
import {
  createRandom,
  dispose,
  memory,
  mul,
  sum,
  tensor,
  valueAndGradients,
  variable,
} from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { beforeAll, describe, expect, it } from "vitest";
import { affineBranch, logDetOf, plusIdentity, solved, times } from "../../test-support/affine-branch.ts";
import { denseBranch, implicitBlock } from "../index.ts";
import type { ContractiveBranch, DenseBranchOptions } from "../index.ts";

beforeAll(() => startBackend("wasm"));

const random = createRandom(81);
const context: Call = { random, training: false };
const solving: SolveCall = { random, training: false };
const dense = (key: string, more: Partial<DenseBranchOptions> = {}) =>
  denseBranch({
    features: 3,
    hidden: [8],
    activation: "lipSwish",
    coefficient: 0.9,
    preactivation: true,
    random: random.fold(key),
    ...more,
  });

describe("implicitBlock", () => {
  it("solves z + g_z(z) = x + g_x(x) as a float64 linear system does, both ways, with log-det and evidence", async () => {
    const [input, output] = [
      await affineBranch(3, 0.95, random.fold("x")),
      await affineBranch(3, 0.95, random.fold("z")),
    ];
    const block = implicitBlock({
      inputBranch: input.branch,
      outputBranch: output.branch,
      logDet: exactLogDet(),
    });
    const x = random.fold("points").normal([5, 3]);
    const rows = (await x.array()) as number[][];
    const want = rows.map((row) => {
      const moved = times(plusIdentity(input), row).map(
        (value, i) => value + input.offset[i]! - output.offset[i]!,
      );
      return solved(plusIdentity(output), moved);
    });
    const { y, logDet } = block.forwardAndLogDet(x, context);
    const [ys, logDets] = [(await y.array()) as number[][], await logDet.data()];
    const expected = logDetOf(plusIdentity(input)) - logDetOf(plusIdentity(output));
    expect(Math.abs(expected)).toBeGreaterThan(0.1);
    want.forEach((row, b) => {
      row.forEach((value, i) => expect(Math.abs(ys[b]![i]! - value)).toBeLessThan(2e-5));
      expect(Math.abs(logDets[b]! - expected)).toBeLessThan(1e-5);
    });
    const back = block.inverseAndLogDet(y, context);
    expect(Math.abs((await back.logDet.data())[0]! + expected)).toBeLessThan(1e-5);

    const solvedBack = await solveInverse(block, y, solving);
    const [evidence] = solvedBack.evidence;
    expect(evidence).toMatchObject({ layer: "implicitBlock", converged: true });
    expect(evidence!.lipschitz).toBe((await input.branch.certify()).lipschitz);
    const xs = (await solvedBack.x.array()) as number[][];
    ys.forEach((row, b) => {
      // The solution for the float32 y that was given.
      const moved = times(plusIdentity(output), row).map(
        (value, i) => value + output.offset[i]! - input.offset[i]!,
      );
      const truth = solved(plusIdentity(input), moved);
      const error = Math.hypot(...truth.map((value, i) => value - xs[b]![i]!));
      expect(error).toBeLessThanOrEqual(evidence!.rows[b]!.errorBound);
    });
  });

  it("has the gradients of its recorded steps by the implicit function theorem, conditions included", async () => {
    const [g, h] = [
      dense("g", { conditionFeatures: 2 }),
      dense("h", { conditionFeatures: 2, activation: "tanh" }),
    ];
    const [x, condition] = [
      variable(random.fold("at").normal([4, 3])),
      variable(random.fold("c").normal([4, 2])),
    ];
    const weights = [random.fold("w").normal([4, 3]), random.fold("u").normal([4])] as const;
    const block = (gradient: "implicit" | "unrolled") =>
      implicitBlock({
        inputBranch: g,
        outputBranch: h,
        logDet: exactLogDet(),
        inverse: { gradient, tolerance: 1e-7 },
      });
    const named = { ...block("implicit").parameters, x, condition };
    for (const direction of ["forward", "inverse"] as const) {
      const of = async (gradient: "implicit" | "unrolled") => {
        const { value, gradients } = valueAndGradients(() => {
          const own = { ...context, condition };
          const run = block(gradient);
          const [to, logDet] =
            direction === "forward"
              ? Object.values(run.forwardAndLogDet(x, own))
              : Object.values(run.inverseAndLogDet(x, own));
          return sum(mul(to as Tensor, weights[0])).add(sum(mul(logDet as Tensor, weights[1]))) as Tensor;
        }, Object.values(named));
        const numbers = await Promise.all(gradients.map((each) => each.data()));
        dispose([value, ...gradients]);
        return numbers;
      };
      const [implicit, unrolled] = [await of("implicit"), await of("unrolled")];
      Object.keys(named).forEach((name, i) => {
        const size = Math.max(...unrolled[i]!.map(Math.abs));
        expect(size, name).toBeGreaterThan(1e-4);
        unrolled[i]!.forEach((value, at) =>
          expect(Math.abs(implicit[i]![at]! - value), `${direction}: ${name}[${at}]`).toBeLessThan(
            1e-4 * Math.max(size, 1),
          ),
        );
      });
    }
  });

  it("draws other probes for one branch than for the other", async () => {
    // With the same branch in both places, the log-dets at x = z would cancel probe by probe if the keys were the same.
    const twin = () => dense("same", { coefficient: 0.95 });
    const block = implicitBlock({
      inputBranch: twin(),
      outputBranch: twin(),
      logDet: powerSeries({ terms: 5 }),
    });
    const x = random.fold("twins").normal([8, 3]);
    const { y, logDet } = block.forwardAndLogDet(x, context);
    expect(Math.max(...(await y.sub(x).abs().data()))).toBeLessThan(1e-5);
    expect(Math.max(...(await logDet.abs().data()))).toBeGreaterThan(1e-2);
  });

  it("adds up the biases of its two log-dets, and asks the estimators whether they fit both branches", () => {
    const [g, h] = [dense("a"), dense("b", { coefficient: 0.98 })];
    const logDet = powerSeries({ terms: 4 });
    const bias = ({ lipschitz }: ContractiveBranch) => logDet.bias({ lipschitz, dimension: 3 });
    expect(implicitBlock({ inputBranch: g, outputBranch: h, logDet }).traits.logDetBias).toBeCloseTo(
      bias(g) + bias(h),
      12,
    );
    // L = 0.96, so that L^2 is above 1 - p for the second branch only.
    const roulette = russianRoulette({ law: geometricLaw({ p: 0.2 }), exactTerms: 2 });
    expect(() =>
      implicitBlock({ inputBranch: g, outputBranch: dense("c", { coefficient: 0.5 }), logDet: roulette }),
    ).not.toThrow();
    expect(() => implicitBlock({ inputBranch: g, outputBranch: h, logDet: roulette })).toThrow(
      "russianRoulette",
    );
  });

  it.each<[string, () => [ContractiveBranch, ContractiveBranch], string]>([
    [
      "of different shapes",
      () => [dense("a"), dense("b", { features: 2 })],
      "implicitBlock: outputBranch.inputShape: expected [3], received [2]",
    ],
    [
      "with conditions of different sizes",
      () => [dense("a", { conditionFeatures: 1 }), dense("b", { conditionFeatures: 2 })],
      "implicitBlock: outputBranch.conditionFeatures: expected 0 or 1, received 2",
    ],
    [
      "that are the same object",
      () => {
        const g = dense("a");
        return [g, g];
      },
      "implicitBlock: outputBranch: expected variables of its own",
    ],
  ])("refuses branches %s", (_, build, message) => {
    const [inputBranch, outputBranch] = build();
    expect(() => implicitBlock({ inputBranch, outputBranch, logDet: exactLogDet() })).toThrow(message);
  });

  it("frees its target when the solve fails", async () => {
    const block = implicitBlock({ inputBranch: dense("p"), outputBranch: dense("q"), logDet: exactLogDet() });
    const y = tensor([[1, NaN, 2]]);
    const before = memory().numTensors;
    await expect(solveInverse(block, y, solving)).rejects.toThrow(
      "implicitBlock.solveInverse: expected finite numbers",
    );
    expect(memory().numTensors).toBe(before);
  });
});
