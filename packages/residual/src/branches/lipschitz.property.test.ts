/**
 * What the theory promises, on random architectures. Jacobians and traces are taken to float64; where a promise is
 * held against float32 numbers, the slack is theirs: 1e-5 of the size of what is compared.
 */
import { truncationBound } from "@invertible/log-det";
import {
  add,
  createRandom,
  dispose,
  identity64,
  multiply64,
  singularValues,
  slogdet,
  sub,
  tidy,
} from "@invertible/ops";
import type { Matrix64, Tensor } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import {
  architectures,
  buildBranch,
  disposeBranch,
  jacobians,
  rowNorms,
} from "../../test-support/architectures.ts";
import type { Architecture } from "../../test-support/architectures.ts";
import type { ContractiveBranch } from "../index.ts";

beforeAll(() => startBackend("wasm"));

const runs = { numRuns: 200, seed: 20190124 } as const;

async function withBranch(
  architecture: Architecture,
  use: (branch: ContractiveBranch, L: number) => Promise<void>,
): Promise<void> {
  const branch = await buildBranch(architecture);
  try {
    await branch.enforce();
    const { euclidean } = await branch.certify();
    await use(branch, euclidean);
  } finally {
    disposeBranch(branch);
  }
}

const points = (branch: ContractiveBranch, seed: number, rows: number, scale = 2): Tensor =>
  tidy(() => createRandom(seed).uniform([rows, ...branch.inputShape], -scale, scale));

describe("200 random architectures", () => {
  it("claim no more than is proven, once enforced", () =>
    fc.assert(
      fc.asyncProperty(architectures, (architecture) =>
        withBranch(architecture, async (branch, L) => {
          expect(L).toBeLessThanOrEqual(branch.lipschitz);
        }),
      ),
      runs,
    ));

  it("stay below their certificates: Jacobians, and quotients near and far", () =>
    fc.assert(
      fc.asyncProperty(architectures, (architecture) =>
        withBranch(architecture, async (branch, L) => {
          const [a, b] = [points(branch, 1, 16), points(branch, 2, 16)];
          for (const jacobian of await jacobians(branch, a))
            expect(singularValues(jacobian)[0]).toBeLessThanOrEqual(L * (1 + 1e-5));
          const near = tidy(() => sub(a, points(branch, 3, 16, 0.05)));
          for (const other of [b, near]) {
            const [apart, images, outputs] = tidy(() => {
              const { value } = branch.bind();
              const [difference, change] = [sub(a, other), sub(value(a), value(other))];
              return [difference, change, add(difference, change)] as const;
            });
            const [distances, moved, mapped] = await Promise.all([apart, images, outputs].map(rowNorms));
            distances!.forEach((distance, row) => {
              // 1e-6 covers the rounding of g itself, of size 1, in the difference of two values.
              const slack = 1e-5 * distance + 1e-6;
              expect(moved![row]).toBeLessThanOrEqual(L * distance + slack);
              // Lemma 2, for x + g(x) and for its inverse.
              expect(mapped![row]).toBeLessThanOrEqual((1 + L) * distance + slack);
              expect(mapped![row]).toBeGreaterThanOrEqual((1 - L) * distance - slack);
            });
            dispose([apart, images, outputs]);
          }
          dispose([a, b, near]);
        }),
      ),
      runs,
    ));

  it("obey the published bounds of log-determinant, traces and truncation", () =>
    fc.assert(
      fc.asyncProperty(architectures, (architecture) =>
        withBranch(architecture, async (branch, L) => {
          const x = points(branch, 4, 4);
          const all = await jacobians(branch, x);
          dispose(x);
          for (const jacobian of all) checkLogDet(jacobian, L);
        }),
      ),
      runs,
    ));

  it("are inverted by the fixed-point iteration at least as fast as promised", () =>
    fc.assert(
      fc.asyncProperty(architectures, (architecture) =>
        withBranch(architecture, async (branch, L) => {
          const x = points(branch, 5, 8);
          const iterates = tidy(() => {
            const { value } = branch.bind();
            const y = add(x, value(x));
            const list = [y];
            for (let n = 0; n < 12; n++) list.push(sub(y, value(list.at(-1)!)));
            return list;
          });
          const errors = await Promise.all(iterates.map((iterate) => distance(x, iterate)));
          const steps = await Promise.all(
            iterates.slice(1).map((iterate, n) => distance(iterate, iterates[n]!)),
          );
          dispose([x, ...iterates]);
          // The rounding of one step, a few ulps of numbers of size 4, is contracted like everything else.
          const rounding = 4e-6 / (1 - L);
          errors.slice(1).forEach((error, i) =>
            error.forEach((e, row) => {
              const n = i + 1;
              expect(e, `a priori, n = ${n}`).toBeLessThanOrEqual(
                (L ** n / (1 - L)) * steps[0]![row]! * (1 + 1e-5) + rounding,
              );
              expect(e, `a posteriori, n = ${n}`).toBeLessThanOrEqual(
                (L / (1 - L)) * steps[i]![row]! * (1 + 1e-5) + rounding,
              );
            }),
          );
        }),
      ),
      runs,
    ));
});

/** Checks det > 0, d ln(1-L) <= log det <= d ln(1+L), |tr J^k| <= d L^k, and that the truncated series is within its bound. */
function checkLogDet(jacobian: Matrix64, L: number): void {
  const d = jacobian.rows;
  const slack = 1e-5 * d;
  const { sign, logAbsDet } = slogdet(plusIdentity(jacobian));
  expect(sign).toBe(1);
  expect(logAbsDet).toBeGreaterThanOrEqual(d * Math.log1p(-L) - slack);
  expect(logAbsDet).toBeLessThanOrEqual(d * Math.log1p(L) + slack);
  let [power, series] = [identity64(d), 0];
  for (let k = 1; k <= 12; k++) {
    power = multiply64(power, jacobian);
    const trace = Array.from({ length: d }, (_, i) => power.data[i * (d + 1)]!).reduce((a, b) => a + b, 0);
    expect(Math.abs(trace)).toBeLessThanOrEqual(d * L ** k * (1 + 1e-5 * k));
    series += ((k % 2 === 1 ? 1 : -1) / k) * trace;
    const bound = truncationBound({ lipschitz: L, dimension: d, terms: k });
    expect(Math.abs(series - logAbsDet)).toBeLessThanOrEqual(bound + slack);
  }
}

function plusIdentity({ rows, columns, data }: Matrix64): Matrix64 {
  return { rows, columns, data: data.map((value, i) => value + (i % (columns + 1) === 0 ? 1 : 0)) };
}

async function distance(a: Tensor, b: Tensor): Promise<Float32Array> {
  const difference = tidy(() => sub(a, b));
  return rowNorms(difference).finally(() => dispose(difference));
}
