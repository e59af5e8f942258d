import { refresh, solveInverse } from "@invertible/bijection";
import type { SolveCall } from "@invertible/bijection";
import { powerSeries } from "@invertible/log-det";
import { createRandom, dispose } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { bench, describe } from "vitest";
import { bottleneckBranch, denseBranch, residualBlock } from "../index.ts";
import type { ContractiveBranch, DenseBranchOptions } from "../index.ts";

await startBackend("wasm");
import type { InverseMethod } from "../blocks/inverse-options.ts";

const random = createRandom(5);
const methods: readonly InverseMethod[] = ["banach", "anderson", "broyden"];

/** A branch with orthogonal weights, which contracts about as slowly as c^2 and the slopes of the activation allow. */
const orthogonal = (features: number, coefficient: number, activation: DenseBranchOptions["activation"]) =>
  denseBranch({
    features,
    hidden: [features],
    activation,
    coefficient,
    preactivation: false,
    parametrisation: "orthogonal",
    random: random.fold(features),
  });

/** A branch as initialised, which contracts far more quickly than its bound. */
const ordinary = (coefficient: number) =>
  bottleneckBranch({
    inputShape: [14, 14, 4],
    hidden: 32,
    activation: "lipSwish",
    coefficient,
    preactivation: false,
    random,
  });

const cases: [name: string, branch: ContractiveBranch, batch: number][] = [
  ...[0.5, 0.9, 0.97].flatMap((c): [string, ContractiveBranch, number][] => [
    [`orthogonal 2-2-2, leakyRelu, c = ${c}`, orthogonal(2, c, "leakyRelu"), 256],
    [`orthogonal 8-8-8, elu, c = ${c}`, orthogonal(8, c, "elu"), 256],
    [`orthogonal 64-64-64, elu, c = ${c}`, orthogonal(64, c, "elu"), 64],
    [`convolutions 3-1-3, 14x14x4, 32 channels, c = ${c}`, ordinary(c), 32],
  ]),
];

for (const [name, branch, batch] of cases) {
  const block = residualBlock({ branch, logDet: powerSeries({ terms: 1 }) });
  await refresh(block, { tolerance: 1e-5 });
  // A tolerance that float32 can reach in 64 dimensions at c = 0.97.
  const context: SolveCall = { random, training: false, tolerance: 1e-3 };
  const y = block.forward(random.normal([batch, ...block.inputShape]), context);
  describe(name, () => {
    const evaluations: string[] = [];
    for (const method of methods) {
      bench(
        method,
        async () => {
          const { x, evidence } = await solveInverse(block, y, { ...context, method });
          dispose(x);
          if (evaluations.some((line) => line.startsWith(method))) return;
          const { rows, iterations } = evidence[0]!;
          const mean = rows.reduce((total, row) => total + row.iterations, 0) / rows.length;
          evaluations.push(`${method} ${iterations} (mean ${mean.toFixed(1)})`);
          if (evaluations.length === methods.length)
            console.log(`${name}: evaluations ${evaluations.join(", ")}`);
        },
        { iterations: 3, warmupIterations: 1, time: 200, warmupTime: 0 },
      );
    }
  });
}
