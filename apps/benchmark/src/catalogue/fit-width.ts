import type { NamedVariables } from "@invertible/ops";

export interface FitWidthOptions {
  /** Parameters that the model should have. */
  readonly parameters: number;
  /** The model with networks of this width. */
  readonly build: (width: number) => { readonly parameters: NamedVariables; readonly state: NamedVariables };
  /** From one width to the next. Default 1. */
  readonly step?: number;
  /** The smallest width. Default `step`. */
  readonly least?: number;
}

/**
 * The width at which a model comes nearest to a number of parameters. Layers of one width have at most width^2 weights each,
 * so the number of parameters is a quadratic polynomial of the width: three narrow models tell all of it.
 */
export async function fitWidth(options: FitWidthOptions): Promise<number> {
  const { parameters, build, step = 1, least = step } = options;
  // Loaded here, because the parent process reads the catalogue without TensorFlow.js.
  const [{ disposeModel }, { parameterCount }] = await Promise.all([
    import("@invertible/flow"),
    import("@invertible/models"),
  ]);
  const countAt = (steps: number) => {
    const model = build(least + steps * step);
    const count = parameterCount(model);
    disposeModel(model);
    return count;
  };
  const [zero, one, two] = [countAt(0), countAt(1), countAt(2)];
  const square = (two - 2 * one + zero) / 2;
  const linear = one - zero - square;
  const predicted = (steps: number) => zero + linear * steps + square * steps ** 2;
  let steps = 0;
  while (predicted(steps + 1) <= parameters && predicted(steps + 1) > predicted(steps)) steps++;
  const nextIsNearer = predicted(steps + 1) - parameters < parameters - predicted(steps);
  return least + (nextIsNearer ? steps + 1 : steps) * step;
}
