import type { BijectionDefinition, InverseEvidence, SolveContext } from "@invertible/bijection";
import {
  NotConvergedError,
  add,
  cos,
  dispose,
  log,
  mul,
  neg,
  sin,
  sub,
  sum,
  tidy,
  variable,
  zeros,
} from "@invertible/ops";
import type { Tensor } from "@invertible/ops";

export interface IterativeDefects {
  /** Multiplies the error bound. */
  readonly confidence?: number;
  readonly silentCap?: boolean;
}

const lipschitz = 0.5;

/** y = x + sin(x + phase) / 2 on [3], inverted by fixed-point iteration with honest evidence, unless told otherwise. */
export function soundIterative({
  confidence = 1,
  silentCap = false,
}: IterativeDefects = {}): BijectionDefinition {
  const phase = tidy(() => variable(zeros([3])));
  const g = (x: Tensor) => mul(sin(add(x, phase)), lipschitz);
  const logDet = (x: Tensor) => sum(log(add(mul(cos(add(x, phase)), lipschitz), 1)), 1);

  const solve = async (y: Tensor, { tolerance = 1e-5, maxIterations = 1000, onCap, path }: SolveContext) => {
    let x = sub(y, 0);
    for (let iterations = 1; ; iterations++) {
      const next = tidy(() => sub(y, g(x)));
      const residual = await largestStep(next, x);
      dispose(x);
      x = next;
      const errorBound = (confidence * residual * lipschitz) / (1 - lipschitz);
      const converged = errorBound <= tolerance;
      if (!converged && iterations < maxIterations) continue;
      if (!converged && !silentCap && onCap !== "return") {
        dispose(x);
        throw new NotConvergedError(
          `soundIterative: expected a bound <= ${tolerance}, received ${errorBound}`,
        );
      }
      const evidence: InverseEvidence = {
        path: path ?? "",
        layer: "soundIterative",
        iterations,
        residual,
        errorBound,
        converged: converged || silentCap,
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
    solveInverse: solve,
  };
}

async function largestStep(a: Tensor, b: Tensor): Promise<number> {
  const squares = tidy(() => sum(mul(sub(a, b), sub(a, b)), 1));
  const largest = Math.sqrt(Math.max(...(await squares.data())));
  dispose(squares);
  return largest;
}
