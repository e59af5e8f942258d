import { knownBounds } from "@invertible/bijection";
import type { BijectionDefinition, InverseEvidence, LayerCall, SolveOptions } from "@invertible/bijection";
import { NotConvergedError } from "@invertible/errors";
import { add, cos, dispose, log, mul, neg, sin, sub, sum, tidy, variable, zeros } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";

export interface IterativeDefects {
  /** Multiplies every error bound. */
  readonly confidence?: number;
  /** The first row's bound, among the rows only, is this much of what it must be. */
  readonly confidenceOfFirstRow?: number;
  readonly silentCap?: boolean;
  /** What certificate and evidence say instead of 0.5. */
  readonly claimedLipschitz?: number;
}

const lipschitz = 0.5;

/** y = x + sin(x + phase) / 2 on [3], inverted by fixed-point iteration with honest evidence, unless told otherwise. */
export function soundIterative({
  confidence = 1,
  confidenceOfFirstRow = 1,
  silentCap = false,
  claimedLipschitz = lipschitz,
}: IterativeDefects = {}): BijectionDefinition & Required<Pick<BijectionDefinition, "solver">> {
  const phase = tidy(() => variable(zeros([3])));
  const g = (x: Tensor) => mul(sin(add(x, phase)), lipschitz);
  const logDet = (x: Tensor) => sum(log(add(mul(cos(add(x, phase)), lipschitz), 1)), 1);

  const solve = async (
    y: Tensor,
    { path }: Pick<LayerCall, "path">,
    { tolerance = 1e-5, maxIterations = 1000, onCap }: SolveOptions,
  ) => {
    let x = sub(y, 0);
    for (let iterations = 1; ; iterations++) {
      const next = tidy(() => sub(y, g(x)));
      const residuals = await steps(next, x);
      dispose(x);
      x = next;
      const boundOf = (residual: number) => (confidence * residual * lipschitz) / (1 - lipschitz);
      const errorBound = boundOf(Math.max(...residuals));
      const converged = errorBound <= tolerance;
      if (!converged && iterations < maxIterations) continue;
      if (!converged && !silentCap && onCap !== "return") {
        dispose(x);
        throw new NotConvergedError(
          `soundIterative: expected a bound <= ${tolerance}, received ${errorBound}`,
        );
      }
      const evidence: InverseEvidence = {
        path,
        layer: "soundIterative",
        method: "banach",
        lipschitz: claimedLipschitz,
        iterations,
        residual: Math.max(...residuals),
        errorBound,
        converged: converged || silentCap,
        rows: residuals.map((residual, row) => ({
          iterations,
          residual,
          errorBound: boundOf(residual) * (row === 0 ? confidenceOfFirstRow : 1),
          converged: silentCap || boundOf(residual) <= tolerance,
        })),
      };
      return { x, evidence: [evidence] };
    }
  };

  return {
    name: "soundIterative",
    inputShape: [3],
    outputShape: [3],
    traits: { inverse: "iterative" },
    parameters: { phase },
    config: {},
    forward: (x) => ({ y: add(x, g(x)), logDet: () => logDet(x) }),
    inverse(y) {
      let x = y;
      for (let n = 0; n < 30; n++) x = sub(y, g(x));
      return { x, logDet: () => neg(logDet(x)) };
    },
    solver: { methods: ["banach"], solve },
    lipschitz: knownBounds(() => ({ forward: 1 + claimedLipschitz, inverse: 1 / (1 - claimedLipschitz) })),
  };
}

/** Euclidean distances, by row. */
async function steps(a: Tensor, b: Tensor): Promise<number[]> {
  const squares = tidy(() => sum(mul(sub(a, b), sub(a, b)), 1));
  const distances = Array.from(await squares.data(), Math.sqrt);
  dispose(squares);
  return distances;
}
