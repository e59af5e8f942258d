import { solveInverse } from "@invertible/bijection";
import type { SolveCall } from "@invertible/bijection";
import { exactLogDet } from "@invertible/log-det";
import { NonFiniteError, NotConvergedError } from "@invertible/errors";
import {
  add,
  concat,
  createRandom,
  dispose,
  memory,
  mul,
  slice,
  sum,
  tensor,
  tidy,
  valueAndGradients,
  zeros,
} from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { beforeAll, describe, expect, it } from "vitest";
import { bottleneckBranch, denseBranch, residualBlock, stepsFor } from "../index.ts";
import type { ContractiveBranch } from "../index.ts";
import { mlp64 } from "../../test-support/mlp64.ts";

const random = createRandom(31);
const valueContext: SolveCall = { random, training: false };
const context = valueContext;

/** Every cap binds, so convergence is about as slow as L allows. */
async function stretched(branch: ContractiveBranch, biasScale = 1): Promise<ContractiveBranch> {
  for (const [name, variable] of Object.entries(branch.parameters))
    variable.assign(mul(random.fold(name).normal(variable.shape), name.endsWith("weight") ? 3 : biasScale));
  await branch.refresh({ tolerance: 1e-6 });
  return branch;
}
const dense = (coefficient: number, biasScale?: number) =>
  stretched(
    denseBranch({
      features: 4,
      hidden: [16, 16],
      activation: "elu",
      coefficient,
      preactivation: false,
      random,
    }),
    biasScale,
  );

const rowNorms = async (x: Tensor) =>
  Array.from(await x.reshape([x.shape[0]!, -1]).square().sum(1).sqrt().data());

describe("stepsFor", () => {
  it("is the least n with L^n/(1-L) <= tolerance", () => {
    for (const lipschitz of [0.01, 0.125, 0.343, 0.5, 0.729, 0.9, 0.941, 0.99])
      for (const tolerance of [1e-3, 1e-6, 1e-9]) {
        const n = stepsFor(lipschitz, tolerance);
        const factor = (k: number) => lipschitz ** k / (1 - lipschitz);
        expect(factor(n)).toBeLessThanOrEqual(tolerance * (1 + 1e-9));
        if (n > 1) expect(factor(n - 1)).toBeGreaterThan(tolerance * (1 - 1e-9));
      }
  });
});

describe.each(["cpu", "wasm"] as const)("the fixed-point inverse on %s", (backend) => {
  beforeAll(() => startBackend(backend));

  it("shrinks the error by L or more at every iteration, within the a-priori and the a-posteriori bound", async () => {
    for (const coefficient of [0.5, 0.9, 0.97]) {
      const branch = await dense(coefficient);
      const { lipschitz } = branch;
      const block = residualBlock({ branch, logDet: exactLogDet() });
      const x = random.fold("x").normal([50, 4]);
      const y = block.forward(x, context);
      // The true inverse of the float32 y, by fixed-point iteration in float64.
      const g = await mlp64(branch);
      const [starts, truth] = [await y.data(), new Float64Array(200)];
      for (let row = 0; row < 50; row++) {
        const target = Array.from(starts.slice(row * 4, row * 4 + 4));
        let at = target;
        for (let n = 0; n < 2000; n++) at = g(at).map((value, i) => target[i]! - value);
        truth.set(at, row * 4);
      }
      const exactInverse = tensor(Float32Array.from(truth), [50, 4]);
      const errorsAt = async (n: number) => {
        const { x: got, evidence } = await solveInverse(block, y, {
          ...context,
          method: "banach",
          maxIterations: n,
          onCap: "return",
          tolerance: 1e-30,
        });
        const errors = await rowNorms(got.sub(exactInverse) as Tensor);
        return { errors, evidence: evidence[0]! };
      };
      const first = (await errorsAt(1)).evidence.residual;
      const sizes = await rowNorms(y);
      let before = await rowNorms(y.sub(exactInverse) as Tensor);
      for (let n = 1; n <= 40; n++) {
        const { errors, evidence } = await errorsAt(n);
        errors.forEach((error, row) => {
          const rounding = 2 ** -23 * 2 * (sizes[row]! + 1);
          expect(error, `row ${row}, iteration ${n}`).toBeLessThanOrEqual(
            lipschitz * before[row]! * (1 + 1e-4) + rounding,
          );
        });
        const worst = Math.max(...errors);
        const rounding = (2 ** -23 * 4 * Math.max(...sizes)) / (1 - lipschitz);
        if (evidence.iterations === n)
          expect(worst).toBeLessThanOrEqual((lipschitz ** n / (1 - lipschitz)) * first + rounding);
        expect(worst).toBeLessThanOrEqual(evidence.errorBound);
        before = errors;
      }
    }
  });

  it.each(["banach", "anderson", "broyden"] as const)(
    "keeps every row's bound against a float64 inverse, rounding included, also with large inputs and biases: %s",
    async (method) => {
      for (const [coefficient, scale, bias] of [
        [0.8, 1, 1],
        [0.95, 100, 1],
        [0.95, 1, 30],
        [0.99, 10, 10],
      ] as const) {
        const branch = await dense(coefficient, bias);
        const block = residualBlock({ branch, logDet: exactLogDet() });
        const y = mul(random.fold("y").normal([30, 4]), scale) as Tensor;
        const { x, evidence } = await solveInverse(block, y, {
          ...context,
          method,
          tolerance: 1e-30,
          onCap: "return",
        });
        const g = await mlp64(branch);
        const [got, targets] = [await x.data(), await y.data()];
        for (let row = 0; row < 30; row++) {
          const target = Array.from(targets.slice(row * 4, row * 4 + 4));
          let at = target;
          for (let n = 0; n < 3000; n++) at = g(at).map((value, i) => target[i]! - value);
          const { errorBound, converged } = evidence[0]!.rows[row]!;
          const error = Math.hypot(...at.map((value, i) => value - got[row * 4 + i]!));
          expect(error, `${coefficient}, ${scale}, ${bias}`).toBeLessThanOrEqual(errorBound);
          expect(converged).toBe(false);
        }
        // It stopped where only rounding was left, far below the cap.
        expect(evidence[0]!.iterations).toBeLessThan(600);
      }
    },
  );

  it("returns the first iterate whose every row is within the tolerance, and says how far it may be", async () => {
    const block = residualBlock({ branch: await dense(0.9), logDet: exactLogDet() });
    const x = random.fold("rows").normal([64, 4]);
    const y = block.forward(x, context);
    for (const [tolerance, method] of [
      [1e-2, "banach"],
      [1e-4, "banach"],
      [1e-2, "anderson"],
      [1e-4, "anderson"],
      [1e-4, "broyden"],
    ] as const) {
      const context = { ...valueContext, method };
      const solved = await solveInverse(block, y, { ...context, tolerance });
      const [evidence] = solved.evidence;
      expect(evidence).toMatchObject({ path: "", layer: "residualBlock", converged: true });
      expect(evidence!.errorBound).toBeLessThanOrEqual(tolerance);
      expect(Math.max(...(await rowNorms(solved.x.sub(x) as Tensor)))).toBeLessThanOrEqual(tolerance);
      const fewer = {
        ...context,
        tolerance,
        maxIterations: evidence!.iterations - 1,
        onCap: "return",
      } as const;
      expect((await solveInverse(block, y, fewer)).evidence[0]!.converged).toBe(false);
      const capped = { ...context, tolerance, maxIterations: evidence!.iterations };
      expect(await (await solveInverse(block, y, capped)).x.data()).toEqual(await solved.x.data());
    }
  });

  it("holds every row to its own default tolerance, 1e-5 max(1, |y|)", async () => {
    const block = residualBlock({ branch: await dense(0.7), logDet: exactLogDet() });
    const small = random.fold("small").normal([3, 4]);
    const large = mul(random.fold("large").normal([3, 4]), 1e4) as Tensor;
    const together = await solveInverse(block, concat([small, large], 0), context);
    const alone = await solveInverse(block, small, context);
    const [part, whole] = [await alone.x.data(), await slice(together.x, [0, 0], [3, 4]).data()];
    part.forEach((value, i) => expect(Math.abs(value - whole[i]!)).toBeLessThan(2e-5));
    expect(alone.evidence[0]!.iterations).toBeLessThanOrEqual(together.evidence[0]!.iterations);
    const sizes = [...(await rowNorms(small)), ...(await rowNorms(large))];
    together.evidence[0]!.rows.forEach(({ errorBound }, row) =>
      expect(errorBound).toBeLessThanOrEqual(1e-5 * Math.max(1, sizes[row]!) * (1 + 1e-6)),
    );
  });

  it.each([0.96, 0.98, 0.99])("has a default tolerance that float32 can hold: L = %d", async (lipschitz) => {
    for (const method of ["banach", "anderson", "broyden"] as const)
      for (const scale of [0.01, 1, 100, 1e4]) {
        const block = residualBlock({ branch: await dense(lipschitz ** (1 / 3)), logDet: exactLogDet() });
        const y = mul(random.fold("y").normal([50, 4]), scale) as Tensor;
        const { evidence } = await solveInverse(block, y, { ...context, method });
        expect(evidence[0]!.lipschitz).toBeGreaterThan(0.999 * lipschitz);
        expect(evidence[0]!.converged).toBe(true);
        // Twice the floor, which an impossible tolerance lets us see.
        const hopeless = await solveInverse(block, y, {
          ...context,
          method,
          tolerance: 1e-30,
          onCap: "return",
        });
        const sizes = await rowNorms(y);
        evidence[0]!.rows.forEach(({ errorBound }, row) => {
          const floor = hopeless.evidence[0]!.rows[row]!.errorBound;
          const allowed = Math.max(1e-5 * Math.max(1, sizes[row]!), 2 * floor);
          expect(errorBound).toBeLessThanOrEqual(allowed * (1 + 1e-3));
        });
      }
  });

  it("needs as many iterations as the rate allows and no more, by fixed steps and adaptively", async () => {
    for (const coefficient of [0.5, 0.9]) {
      const branch = await dense(coefficient);
      const block = residualBlock({ branch, logDet: exactLogDet() });
      const y = block.forward(random.normal([20, 4]), context);
      const { evidence } = await solveInverse(block, y, context);
      expect(evidence[0]!.iterations).toBeLessThan(stepsFor(branch.lipschitz, 1e-6));
    }
  });

  it("stops at NaN, with an error that names layer and iteration, or with an infinite bound", async () => {
    const block = residualBlock({ branch: await dense(0.9), logDet: exactLogDet() });
    const y = tensor([
      [1, 2, 3, 4],
      [1, NaN, 3, 4],
    ]);
    const before = memory().numTensors;
    const error = await solveInverse(block, y, { ...context, trace: { path: "3.inner.0" } }).catch(
      (e: unknown) => e,
    );
    expect(NonFiniteError.is(error)).toBe(true);
    expect((error as Error).message).toBe(
      "residualBlock (3.inner.0).solveInverse: expected finite numbers, received NaN or infinity at iteration 1",
    );
    const returned = await solveInverse(block, y, { ...context, onCap: "return" });
    expect(returned.evidence[0]!.rows[0]).toMatchObject({ converged: true });
    expect(returned.evidence[0]!.rows[1]).toMatchObject({ iterations: 1, errorBound: Infinity });
    expect(returned.evidence[0]).toMatchObject({
      errorBound: Infinity,
      residual: Infinity,
      converged: false,
    });
    dispose(returned.x);
    expect(memory().numTensors).toBe(before);
  });

  it("throws at the cap with the numbers, or returns what it has", async () => {
    const block = residualBlock({ branch: await dense(0.97), logDet: exactLogDet() });
    const y = random.fold("cap").normal([5, 4]);
    const before = memory().numTensors;
    const error = await solveInverse(block, y, { ...context, maxIterations: 3 }).catch((e: unknown) => e);
    expect(NotConvergedError.is(error)).toBe(true);
    expect((error as Error).message).toMatch(
      /^residualBlock\.solveInverse: expected an error within the tolerance in every row, received a bound of \S+, \S+ times the tolerance, after 3 iterations; raise maxIterations or the tolerance$/,
    );
    const { x, evidence } = await solveInverse(block, y, { ...context, maxIterations: 3, onCap: "return" });
    expect(evidence[0]).toMatchObject({ iterations: 3, converged: false });
    dispose(x);
    expect(memory().numTensors).toBe(before);
  });

  it("says when the tolerance is below what float32 can hold, instead of iterating to the cap", async () => {
    const block = residualBlock({ branch: await dense(0.9), logDet: exactLogDet() });
    const error = await solveInverse(block, random.normal([5, 4]), { ...context, tolerance: 1e-9 }).catch(
      (e: unknown) => e,
    );
    expect(NotConvergedError.is(error)).toBe(true);
    expect((error as Error).message).toMatch(
      /after \d{1,2} iterations; float32 rounding alone accounts for \S+; ask for a larger tolerance/,
    );
  });

  it("takes an empty batch", async () => {
    const block = residualBlock({ branch: await dense(0.9), logDet: exactLogDet() });
    const { x, evidence } = await solveInverse(block, zeros([0, 4]), context);
    expect(x.shape).toEqual([0, 4]);
    expect(evidence[0]).toMatchObject({ iterations: 0, errorBound: 0, converged: true });
  });

  it.each([
    [{ tolerance: 0 }, "tolerance"],
    [{ tolerance: NaN }, "tolerance"],
    [{ maxIterations: 0 }, "maxIterations"],
    [{ maxIterations: 2.5 }, "maxIterations"],
  ])("refuses %o", async (bad, name) => {
    const block = residualBlock({ branch: await dense(0.9), logDet: exactLogDet() });
    await expect(solveInverse(block, zeros([1, 4]), { ...context, ...bad })).rejects.toThrow(
      `residualBlock.solveInverse: ${name}: expected`,
    );
  });
});

describe("convolutional blocks", () => {
  beforeAll(() => startBackend("wasm"));

  it.each(["banach", "anderson", "broyden"] as const)(
    "a row's bits and evidence do not depend on the rest of the batch: %s",
    async (method) => {
      const branch = await stretched(
        bottleneckBranch({
          inputShape: [5, 4, 3],
          hidden: 10,
          activation: "elu",
          coefficient: 0.97,
          preactivation: true,
          random,
        }),
      );
      const block = residualBlock({ branch, logDet: exactLogDet() });
      const y = concat(
        [random.normal([3, 5, 4, 3]), mul(random.fold(1).normal([4, 5, 4, 3]), 300)],
        0,
      ) as Tensor;
      const run = (y: Tensor) => solveInverse(block, y, { ...context, method });
      const together = await run(y);
      const whole = await together.x.data();
      const iterations = together.evidence[0]!.rows.map((row) => row.iterations);
      expect(Math.max(...iterations)).toBeGreaterThan(Math.min(...iterations));
      for (let row = 0; row < 7; row++) {
        const alone = await run(slice(y, [row, 0, 0, 0], [1, 5, 4, 3]) as Tensor);
        expect(await alone.x.data()).toEqual(whole.slice(60 * row, 60 * row + 60));
        expect(alone.evidence[0]!.rows[0]).toEqual(together.evidence[0]!.rows[row]);
      }
    },
  );
});

describe("the synchronous inverse", () => {
  beforeAll(() => startBackend("wasm"));

  it("refuses at construction a cap below the steps that L and the tolerance need", async () => {
    const branch = await dense(0.97);
    const needed = stepsFor(branch.lipschitz, 1e-6);
    expect(() =>
      residualBlock({ branch, logDet: exactLogDet(), inverse: { maxIterations: needed - 1 } }),
    ).toThrow(
      `residualBlock: inverse.maxIterations: expected at least the ${needed} steps that a tolerance of 0.000001 needs at L = `,
    );
    expect(() =>
      residualBlock({ branch, logDet: exactLogDet(), inverse: { maxIterations: needed } }),
    ).not.toThrow();
    expect(() => residualBlock({ branch, logDet: exactLogDet(), inverse: { tolerance: 0 } })).toThrow(
      "inverse.tolerance",
    );
  });

  it("is within tolerance |g(y)| of the input, on images", async () => {
    const branch = await stretched(
      bottleneckBranch({
        inputShape: [6, 6, 2],
        hidden: 8,
        activation: "elu",
        coefficient: 0.9,
        preactivation: true,
        random,
      }),
    );
    const block = residualBlock({
      branch,
      logDet: exactLogDet({ maxDimension: 100 }),
      inverse: { tolerance: 1e-5 },
    });
    const x = random.normal([4, 6, 6, 2]);
    const y = block.forward(x, context);
    const errors = await rowNorms(block.inverse(y, context).sub(x) as Tensor);
    const sizes = await rowNorms(branch.bind().value(y));
    errors.forEach((error, row) => expect(error).toBeLessThan(1e-5 * sizes[row]! + 1e-5));
  });

  it("implicit gradients of x and of its log-det, by y and every parameter, are those of recorded steps", async () => {
    const branch = await stretched(
      bottleneckBranch({
        inputShape: [3, 3, 2],
        hidden: 4,
        activation: "lipSwish",
        coefficient: 0.8,
        preactivation: true,
        random,
      }),
    );
    const y = random.fold("gradient").normal([3, 3, 3, 2]);
    const weight = random.fold("weight").normal([3, 3, 3, 2]);
    const parameters = Object.values(branch.parameters);
    const by = (gradient: "implicit" | "unrolled") => {
      const block = residualBlock({
        branch,
        logDet: exactLogDet({ maxDimension: 18 }),
        inverse: { gradient },
      });
      const loss = () =>
        tidy(() => {
          const { x, logDet } = block.inverseAndLogDet(y, { random, training: false });
          return add(sum(mul(x, weight)), sum(logDet)) as Tensor;
        });
      return valueAndGradients(loss, [y, ...parameters]).gradients;
    };
    const [implicit, unrolled] = [by("implicit"), by("unrolled")];
    for (const [i, gradient] of implicit.entries()) {
      const [got, expected] = [await gradient.data(), await unrolled[i]!.data()];
      const scale = Math.max(0.01, ...expected.map(Math.abs));
      got.forEach((value, j) => expect(Math.abs(value - expected[j]!)).toBeLessThan(3e-5 * scale));
    }
  });
});
