import type { InverseMethod } from "@invertible/residual";
import { disposeBijection, solveInverse } from "@invertible/bijection";
import type { Bijection, Call } from "@invertible/bijection";
import { createRandom, dispose } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import type { InverseCase } from "./inverse-cases.ts";
import { inverseMethods, inverseTolerance } from "./inverse-cases.ts";
import { median } from "../median.ts";

export interface InverseFigures {
  /** By which factor each step of the plain iteration is shorter than the one before, over the second half of them. */
  readonly rate: number;
  readonly costs: readonly InverseCost[];
}

export interface InverseCost {
  readonly method: InverseMethod;
  /** Evaluations of the branch that the slowest row took. */
  readonly iterations: number;
  readonly milliseconds: number;
  readonly errorBound: number;
}

const repeats = 3;

/** Inverts one batch by every method to `inverseTolerance`, after one untimed run of each. */
export async function measureInverse({ build, batchSize }: InverseCase): Promise<InverseFigures> {
  const random = createRandom(1);
  const block = build(random.fold("start"));
  const context = { random, training: false } as const;
  const x = random.fold("x").normal([batchSize, ...block.inputShape]);
  const y = block.forward(x, context);
  try {
    const costs: InverseCost[] = [];
    for (const method of inverseMethods) {
      const times: number[] = [];
      let [iterations, errorBound] = [0, 0];
      for (let i = 0; i <= repeats; i++) {
        const start = performance.now();
        const solved = await solveInverse(block, y, { ...context, method, tolerance: inverseTolerance });
        await solved.x.data();
        if (i > 0) times.push(performance.now() - start);
        dispose(solved.x);
        ({ iterations, errorBound } = solved.evidence[0]!);
      }
      costs.push({ method, iterations, milliseconds: median(times), errorBound });
    }
    return { rate: await rateOf(block, y, context, costs[0]!.iterations), costs };
  } finally {
    dispose([x, y]);
    disposeBijection(block);
  }
}

async function rateOf(block: Bijection, y: Tensor, context: Call, iterations: number): Promise<number> {
  const end = Math.max(2, iterations);
  const half = Math.ceil(end / 2);
  const lengths: number[] = [];
  for (const maxIterations of [half, end]) {
    const solved = await solveInverse(block, y, {
      ...context,
      method: "banach",
      // Out of reach, so that no row stops before the others.
      tolerance: Number.MIN_VALUE,
      maxIterations,
      onCap: "return",
    });
    dispose(solved.x);
    lengths.push(solved.evidence[0]!.residual);
  }
  return (lengths[1]! / lengths[0]!) ** (1 / (end - half));
}
