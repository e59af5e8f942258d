import { jacobianMatrix } from "@invertible/log-det";
import {
  activation,
  activationNames,
  createRandom,
  dispose,
  matrix64,
  mul,
  reshape,
  sizeOf,
  sqrt,
  square,
  sum,
  tidy,
} from "@invertible/ops";
import type { ActivationName, Matrix64, Tensor } from "@invertible/ops";
import fc from "fast-check";
import { bottleneckBranch, denseBranch, denseNetBranch } from "../src/index.ts";
import type { ContractiveBranch } from "../src/index.ts";

/** A random network, small enough for exact Jacobians. */
export interface Architecture {
  readonly kind: "dense" | "denseNet" | "bottleneck";
  readonly features: number;
  readonly hidden: readonly number[];
  readonly image: readonly [height: number, width: number, channels: number];
  readonly activation: ActivationName;
  readonly coefficient: number;
  readonly preactivation: boolean;
  readonly parametrisation: "capped" | "aol" | "orthogonal";
  readonly seed: number;
  /** Factor on every weight: most of those the start gives lie below their caps. */
  readonly gain: number;
}

/** Activations of slope at most 1; `lipSwish`'s and its like's parameters stay at their start. */
const contractive = activationNames.filter((name) => {
  const { lipschitz, parameters } = activation(name);
  dispose(Object.values(parameters));
  return lipschitz <= 1;
});

export const architectures: fc.Arbitrary<Architecture> = fc.record({
  kind: fc.constantFrom("dense" as const, "dense" as const, "denseNet" as const, "bottleneck" as const),
  features: fc.integer({ min: 1, max: 8 }),
  hidden: fc.array(fc.integer({ min: 1, max: 16 }), { minLength: 1, maxLength: 3 }),
  // At most 8 numbers per example.
  image: fc.constantFrom(
    [2, 2, 1] as const,
    [2, 2, 2] as const,
    [1, 3, 2] as const,
    [4, 2, 1] as const,
    [1, 1, 4] as const,
  ),
  activation: fc.constantFrom(...contractive),
  coefficient: fc.double({ min: 0.3, max: 0.99, noNaN: true }),
  preactivation: fc.boolean(),
  parametrisation: fc.constantFrom("capped" as const, "aol" as const, "orthogonal" as const),
  seed: fc.nat(),
  gain: fc.constantFrom(1, 3, 10),
});

/** The network with random weights, its norms converged. */
export async function buildBranch(architecture: Architecture): Promise<ContractiveBranch> {
  const { kind, features, hidden, image, coefficient, preactivation, parametrisation, seed, gain } =
    architecture;
  const random = createRandom(seed);
  const every = { activation: architecture.activation, coefficient, random };
  const shared = { ...every, preactivation };
  const branch = {
    dense: () => denseBranch({ ...shared, features, hidden, parametrisation }),
    // `preactivation`, which this branch has no choice of, chooses images and their kernels of sizes 1 to 4.
    denseNet: () =>
      denseNetBranch({
        ...every,
        growth: 4,
        layers: hidden.length,
        ...(preactivation
          ? { inputShape: [...image], kernelSize: 1 + (seed % 4) }
          : { inputShape: [features] }),
      }),
    bottleneck: () =>
      bottleneckBranch({
        ...shared,
        inputShape: [...image],
        hidden: hidden[0]!,
        kernelSizes: [
          [3, 1, 3],
          [3, 3],
          [1, 2, 3, 1],
        ][seed % 3]!,
        parametrisation: parametrisation === "orthogonal" ? "capped" : parametrisation,
      }),
  }[kind]();
  for (const [name, variable] of Object.entries(branch.parameters))
    if (name.endsWith("weight")) tidy(() => variable.assign(mul(variable, gain)));
  await branch.refresh({ tolerance: 1e-6 });
  return branch;
}

/** J_g at each row of x, in float64. */
export async function jacobians(branch: ContractiveBranch, x: Tensor): Promise<Matrix64[]> {
  const [batch, ...shape] = x.shape as [number, ...number[]];
  const all = tidy(() => jacobianMatrix({ jvp: branch.bind().linearise(x).jvp, batch, shape }));
  const entries = await all.data().finally(() => dispose(all));
  const d = sizeOf(shape);
  return Array.from({ length: batch }, (_, row) =>
    matrix64(d, d, Float64Array.from(entries.slice(row * d * d, (row + 1) * d * d))),
  );
}

/** Euclidean length of each row, read. */
export async function rowNorms(x: Tensor): Promise<Float32Array> {
  const norms = tidy(() => sqrt(sum(square(reshape(x, [x.shape[0]!, -1])), 1)));
  return (await norms.data().finally(() => dispose(norms))) as Float32Array;
}

export function disposeBranch({ parameters, state }: ContractiveBranch): void {
  dispose([...Object.values(parameters), ...Object.values(state)]);
}
