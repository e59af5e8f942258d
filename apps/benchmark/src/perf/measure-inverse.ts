import { disposeBijection } from "@invertible/bijection";
import type { InverseMethod } from "@invertible/bijection";
import { createRandom, dispose } from "@invertible/ops";
import type { InverseCase } from "./inverse-cases.ts";
import { inverseMethods, inverseTolerance } from "./inverse-cases.ts";
import { median } from "./median.ts";

export interface InverseCost {
  readonly method: InverseMethod;
  /** Evaluations of the branch that the slowest row took. */
  readonly iterations: number;
  readonly milliseconds: number;
  readonly errorBound: number;
}

const repeats = 3;

/** Inverts one batch by every method to `inverseTolerance`, after one untimed run of each. */
export async function measureInverse({ build, batchSize }: InverseCase): Promise<InverseCost[]> {
  const random = createRandom(1);
  const block = build(random.fold("start"));
  const context = { random, training: false, logDet: "skip" } as const;
  const x = random.fold("x").normal([batchSize, ...block.inputShape]);
  const { y } = block.forward(x, context);
  try {
    const costs: InverseCost[] = [];
    for (const method of inverseMethods) {
      const times: number[] = [];
      let [iterations, errorBound] = [0, 0];
      for (let i = 0; i <= repeats; i++) {
        const start = performance.now();
        const solved = await block.solveInverse(y, { ...context, method, tolerance: inverseTolerance });
        await solved.x.data();
        if (i > 0) times.push(performance.now() - start);
        dispose(solved.x);
        ({ iterations, errorBound } = solved.evidence[0]!);
      }
      costs.push({ method, iterations, milliseconds: median(times), errorBound });
    }
    return costs;
  } finally {
    dispose([x, y]);
    disposeBijection(block);
  }
}
