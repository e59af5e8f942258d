import { solveInverse } from "@invertible/bijection";
import type { Call } from "@invertible/bijection";
import { exactLogDet, jacobianMatrix, powerSeries, quadraticForms } from "@invertible/log-det";
import { createRandom, gradients, sum, tensor, valueAndGradients } from "@invertible/ops";
import type { Random, Tensor } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { beforeAll, describe, expect, it } from "vitest";
import { givenBottleneckBranch, givenDenseBranch } from "../../test-support/given-weights.ts";
import type { GivenBottleneck, GivenMlp, Nested } from "../../test-support/given-weights.ts";
import { demandClose, readGolden } from "../../../../tools/golden.ts";
import type { Tolerance } from "../../../../tools/golden.ts";
import { residualBlock } from "../index.ts";

const random = createRandom(2);
const context: Call = { random, training: false };
const read = (x: Tensor) => x.data() as Promise<Float32Array>;
const asTensor = (values: Nested) => tensor(values as never) as Tensor;

/** A key that returns `probe` for every draw. */
const saying = (probe: Tensor): Random => ({
  ...random,
  normal: () => probe.clone(),
  rademacher: () => probe.clone(),
});

interface MlpCase {
  readonly case: string;
  readonly inputs: GivenMlp & { x: number[][]; probe_gaussian: number[][]; probe_rademacher: number[][] };
  readonly expected: {
    g: unknown;
    residual_output: unknown;
    jacobian_g: unknown;
    log_abs_det: number[];
    trace_powers_k1_to_20: number[][];
    series_partial_sums_k1_to_20: number[][];
    vjp_quadratic_forms_vT_Jk_v: { gaussian: number[][]; rademacher: number[][] };
    grad_sum_logdet_wrt_weights: unknown[];
    grad_sum_logdet_wrt_x: unknown;
    lipschitz_bound_product: number;
  };
  readonly tolerance: Tolerance;
}
const mlps = readGolden<MlpCase>("residual_logdet_mlp").filter(({ inputs }) => inputs.W !== undefined);

describe.each(["cpu", "wasm"] as const)("on %s, against the golden files", (backend) => {
  beforeAll(() => startBackend(backend));

  describe("residual_logdet_mlp", () => {
    it.each(mlps.map((golden) => [golden.case, golden] as const))("%s", async (_, golden) => {
      const { inputs, expected, tolerance } = golden;
      const branch = await givenDenseBranch(inputs);
      const x = tensor(inputs.x);
      const [batch, dimension] = x.shape as [number, number];
      const shape = [dimension];
      expect(branch.lipschitz).toBeGreaterThan(expected.lipschitz_bound_product);
      expect(branch.lipschitz).toBeLessThan(expected.lipschitz_bound_product * 1.001);

      const { value, jvp } = branch.bind().linearise(x);
      demandClose(await read(value), expected.g, tolerance, "g");
      demandClose(await read(branch.bind().value(x)), expected.g, tolerance, "g, value alone");
      demandClose(
        await read(jacobianMatrix({ jvp, batch, shape })),
        expected.jacobian_g,
        tolerance,
        "Jacobian",
      );

      const block = residualBlock({ branch, logDet: exactLogDet() });
      const result = block.forwardAndLogDet(x, context);
      demandClose(await read(result.y), expected.residual_output, tolerance, "y");
      demandClose(await read(result.logDet), expected.log_abs_det, tolerance, "log-det");

      for (const [name, probe] of [
        ["gaussian", inputs.probe_gaussian],
        ["rademacher", inputs.probe_rademacher],
      ] as const) {
        const v = tensor(probe);
        const forms = expected.vjp_quadratic_forms_vT_Jk_v[name];
        const got = await read(quadraticForms({ jvp, probe: v, terms: 20 }));
        const byTerm = forms[0]!.map((_, k) => forms.map((row) => row[k]!));
        demandClose(got, byTerm, tolerance, `${name} forms`);
        for (const terms of [1, 2, 5, 20])
          for (const gradient of ["neumann", "series"] as const) {
            const want = forms.map((row) =>
              row.slice(0, terms).reduce((total, q, k) => total + ((-1) ** k / (k + 1)) * q, 0),
            );
            const estimator = powerSeries({ terms, gradient, distribution: name });
            const series = await read(estimator.estimate({ jvp, batch, shape, random: saying(v) }));
            demandClose(series, want, tolerance, `${name} series of ${terms}, ${gradient}`);
          }
      }

      // The trace itself, as the mean over the probes sqrt(d) e_i.
      const bases = Array.from({ length: dimension }, (_, i) =>
        tensor(inputs.x.map(() => Array.from({ length: dimension }, (_, j) => (i === j ? 1 : 0)))),
      );
      const perBasis = await Promise.all(
        bases.map((probe) => read(quadraticForms({ jvp, probe, terms: 20 }))),
      );
      const traces = perBasis[0]!.map((_, at) => perBasis.reduce((total, forms) => total + forms[at]!, 0));
      demandClose(
        traces,
        expected.trace_powers_k1_to_20[0]!.map((_, k) =>
          expected.trace_powers_k1_to_20.map((row) => row[k]!),
        ),
        tolerance,
        "traces",
      );
      for (const terms of [1, 3, 20]) {
        const partial = inputs.x.map((_, row) =>
          Array.from({ length: terms }, (_, k) => ((-1) ** k / (k + 1)) * traces[k * batch + row]!).reduce(
            (a, b) => a + b,
            0,
          ),
        );
        demandClose(
          partial,
          expected.series_partial_sums_k1_to_20.map((row) => row[terms - 1]!),
          tolerance,
          `series of ${terms}`,
        );
      }

      const weights = inputs.W.map((_, i) => branch.parameters[`${i}.weight`]!);
      const byWeight = valueAndGradients(
        () => sum(block.forwardAndLogDet(x, context).logDet) as Tensor,
        weights,
      );
      for (const [i, gradient] of byWeight.gradients.entries())
        demandClose(
          await read(gradient),
          expected.grad_sum_logdet_wrt_weights[i],
          tolerance,
          `gradient of W${i}`,
        );
      const byInput = gradients((at) => sum(block.forwardAndLogDet(at!, context).logDet) as Tensor, [x])[0]!;
      demandClose(await read(byInput), expected.grad_sum_logdet_wrt_x, tolerance, "gradient of x");
    });
  });

  interface InverseCase {
    readonly case: string;
    readonly inputs: GivenMlp & { x: number[][]; z: number[][] };
    readonly expected: {
      x: unknown;
      iterates_after_n_from_x0_equals_z: Record<string, unknown>;
      max_step_first_30: number[];
      iterations_until_max_step_below: Record<string, number>;
    };
    readonly tolerance: Tolerance;
  }
  const inverses = readGolden<InverseCase>("banach_inverse_mlp");

  describe("banach_inverse_mlp", () => {
    it.each(inverses.map((golden) => [golden.case, golden] as const))("%s", async (_, golden) => {
      const { inputs, expected, tolerance } = golden;
      const branch = await givenDenseBranch(inputs);
      const block = residualBlock({ branch, logDet: exactLogDet() });
      const z = tensor(inputs.z);
      const solve = (maxIterations: number, bound?: number) =>
        solveInverse(block, z, {
          random,
          training: false,
          method: "banach",
          onCap: "return",
          maxIterations,
          tolerance: bound ?? 1e-30,
        });

      for (const [n, iterate] of Object.entries(expected.iterates_after_n_from_x0_equals_z)) {
        // With an impossible tolerance, the solve runs to the cap, or to where only rounding is left and the iterates agree.
        const { x, evidence } = await solve(Number(n));
        expect(evidence[0]!.converged).toBe(false);
        expect(evidence[0]!.iterations).toBeLessThanOrEqual(Number(n));
        if (Number(n) <= 2) expect(evidence[0]!.iterations).toBe(Number(n));
        demandClose(await read(x), iterate, tolerance, `iterate ${n}`);
      }

      // The largest entry of each step, and with it the counts, down to what float32 resolves.
      const bound = branch.bind();
      let at: Tensor = z;
      const steps: number[] = [];
      for (let n = 0; n < 12; n++) {
        const next = z.sub(bound.value(at)) as Tensor;
        steps.push(Math.max(...(await read(next.sub(at).abs() as Tensor))));
        at = next;
      }
      demandClose(steps, expected.max_step_first_30.slice(0, 12), tolerance, "largest step");
      for (const below of ["1e-3", "1e-5"])
        expect(steps.findIndex((step) => step < Number(below)) + 1).toBe(
          expected.iterations_until_max_step_below[below],
        );

      const solved = await solve(1000, 1e-4);
      demandClose(await read(solved.x), expected.x, { abs: 1e-4, rel: 0 }, "x within its tolerance");
      expect(solved.evidence[0]!.converged).toBe(true);
      demandClose(
        await read(block.inverse(z, context)),
        expected.x,
        tolerance,
        "x by the fixed number of steps",
      );
    });
  });

  interface ConvCase {
    readonly case: string;
    readonly inputs: GivenBottleneck & { z: Nested };
    readonly expected: {
      g: unknown;
      residual_output: unknown;
      log_abs_det: unknown;
      trace_powers_k1_to_20: number[][];
      series_partial_sums_k1_to_20: number[][];
      inverse_of_z: unknown;
      inverse_iterates_from_x0_equals_z: Record<string, unknown>;
    };
    readonly tolerance: Tolerance;
  }
  const convolutions = readGolden<ConvCase>("conv_residual_block");

  describe("conv_residual_block", () => {
    it.each(convolutions.map((golden) => [golden.case, golden] as const))("%s", async (_, golden) => {
      const { inputs, expected, tolerance } = golden;
      const x = asTensor(inputs.x);
      const inputShape = x.shape.slice(1);
      const batch = x.shape[0]!;
      const dimension = inputShape.reduce((a, b) => a * b, 1);
      const branch = await givenBottleneckBranch(inputs, inputShape);
      const block = residualBlock({ branch, logDet: exactLogDet() });

      const { value, jvp } = branch.bind().linearise(x);
      demandClose(await read(value), expected.g, tolerance, "g");
      const { y, logDet } = block.forwardAndLogDet(x, context);
      demandClose(await read(y), expected.residual_output, tolerance, "y");
      demandClose(await read(logDet), expected.log_abs_det, tolerance, "log-det");

      const traces = new Float64Array(20 * batch);
      for (let i = 0; i < dimension; i++) {
        const basis = new Float32Array(batch * dimension);
        for (let row = 0; row < batch; row++) basis[row * dimension + i] = 1;
        const forms = await read(
          quadraticForms({ jvp, probe: tensor(basis, [batch, ...inputShape]), terms: 20 }),
        );
        forms.forEach((form, at) => (traces[at]! += form));
      }
      demandClose(
        traces,
        expected.trace_powers_k1_to_20[0]!.map((_, k) =>
          expected.trace_powers_k1_to_20.map((row) => row[k]!),
        ),
        tolerance,
        "traces",
      );

      const z = asTensor(inputs.z);
      for (const [n, iterate] of Object.entries(expected.inverse_iterates_from_x0_equals_z)) {
        const solved = await solveInverse(block, z, {
          random,
          training: false,
          method: "banach",
          onCap: "return",
          maxIterations: Number(n),
          tolerance: 1e-30,
        });
        demandClose(await read(solved.x), iterate, tolerance, `iterate ${n}`);
      }
      demandClose(await read(block.inverse(z, context)), expected.inverse_of_z, tolerance, "inverse");
    });
  });
});
