import { dispose, tensor, tidy } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { beforeAll, describe, it } from "vitest";
import { demandClose, readGolden } from "../../../../tools/golden.ts";
import type { Tolerance } from "../../../../tools/golden.ts";
import { exactLogDet, logDetFloat64, powerSeries, quadraticForms } from "../index.ts";
import { orthonormalProbes, problemOf, saying } from "../../test-support/linear-problem.ts";

interface Golden {
  readonly case: string;
  readonly inputs: { x?: number[][]; probe_gaussian: number[][]; probe_rademacher: number[][] };
  readonly expected: {
    jacobian_g: number[][][];
    log_abs_det: number[];
    series_partial_sums_k1_to_20: number[][];
    vjp_quadratic_forms_vT_Jk_v: { gaussian: number[][]; rademacher: number[][] };
  };
  readonly tolerance: Tolerance;
}
const cases = readGolden<Golden>("residual_logdet_mlp").filter(({ inputs }) => inputs.x !== undefined);
const terms = [1, 2, 3, 5, 10, 20];

/** The branches behind these numbers, and their gradients, are checked in the package `residual`. */
describe.each(["cpu", "wasm"] as const)("log-dets of the golden residual perceptrons on %s", (backend) => {
  beforeAll(() => startBackend(backend));

  it.each(cases.map((each) => [each.case, each] as const))(
    "%s, from its Jacobian",
    async (_, { inputs, expected, tolerance }) => {
      const j = tensor(expected.jacobian_g);
      const dimension = j.shape[1]!;
      const read = async (f: () => Tensor) => {
        const result = tidy(f);
        const numbers = await result.data();
        result.dispose();
        return numbers;
      };
      const complete = problemOf(j, orthonormalProbes(dimension));
      demandClose(
        await read(() => exactLogDet().estimate(complete)),
        expected.log_abs_det,
        tolerance,
        "exact",
      );
      demandClose(await logDetFloat64(complete), expected.log_abs_det, tolerance, "float64");
      for (const n of terms)
        for (const gradient of ["neumann", "series"] as const)
          demandClose(
            await read(() => powerSeries({ terms: n, probes: dimension, gradient }).estimate(complete)),
            expected.series_partial_sums_k1_to_20.map((row) => row[n - 1]!),
            tolerance,
            `series of ${n}, ${gradient}`,
          );
      for (const name of ["gaussian", "rademacher"] as const) {
        const forms = expected.vjp_quadratic_forms_vT_Jk_v[name];
        const probe = tensor(inputs[`probe_${name}`]);
        demandClose(
          await read(() => quadraticForms({ jvp: complete.jvp, probe, terms: 20 })),
          forms[0]!.map((_, k) => forms.map((row) => row[k]!)),
          tolerance,
          `${name} forms`,
        );
        const said = problemOf(j, saying(probe));
        for (const n of terms)
          demandClose(
            await read(() => powerSeries({ terms: n, distribution: name }).estimate(said)),
            forms.map((row) => row.slice(0, n).reduce((t, q, k) => t + ((-1) ** k / (k + 1)) * q, 0)),
            tolerance,
            `${name} series of ${n}`,
          );
        probe.dispose();
      }
      dispose(j);
    },
  );
});
