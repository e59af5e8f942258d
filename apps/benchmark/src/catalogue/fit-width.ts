import type { Flow } from "@invertible/flow";

export interface FitWidthOptions {
  /** Parameters that the model should have. */
  readonly parameters: number;
  /** The model with networks of this width. */
  readonly build: (width: number) => Flow;
  /** Widths are multiples of this. Default 1. */
  readonly step?: number;
}

/**
 * The width at which a model comes nearest to a number of parameters. Layers of one width have at most width^2 weights each,
 * so the number of parameters is a quadratic polynomial of the width: three narrow models tell all of it.
 */
export async function fitWidth({ parameters, build, step = 1 }: FitWidthOptions): Promise<number> {
  // Loaded here, because the parent process reads the catalogue without TensorFlow.js.
  const [{ disposeFlow }, { parameterCount }] = await Promise.all([
    import("@invertible/flow"),
    import("@invertible/models"),
  ]);
  const countAt = (multiple: number) => {
    const flow = build(multiple * step);
    const count = parameterCount(flow);
    disposeFlow(flow);
    return count;
  };
  const [one, two, three] = [countAt(1), countAt(2), countAt(3)];
  const square = (three - 2 * two + one) / 2;
  const linear = two - one - 3 * square;
  const constant = one - linear - square;
  const predicted = (multiple: number) => constant + linear * multiple + square * multiple ** 2;
  let multiple = 1;
  while (predicted(multiple + 1) <= parameters && predicted(multiple + 1) > predicted(multiple)) multiple++;
  const nextIsNearer = predicted(multiple + 1) - parameters < parameters - predicted(multiple);
  return (nextIsNearer ? multiple + 1 : multiple) * step;
}
