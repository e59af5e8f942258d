import { childContext } from "@invertible/bijection";
import type { InverseEvidence, Observation, SolveContext } from "@invertible/bijection";
import type { Flow, SolveOptions } from "@invertible/flow";
import { clone, dispose, keep, tidy } from "@invertible/ops";
import type { Random, Tensor } from "@invertible/ops";

/** Absolute differences between two arrays, added up over batches. */
export interface Difference {
  readonly max: number;
  readonly sum: number;
  readonly count: number;
}

export interface RoundTrip {
  /** |x - inverse(forward(x))| */
  readonly data: Difference;
  /** The same one layer further in; undefined where nothing is rounded or the layer behind does not report. */
  readonly beforeRounding: Difference | undefined;
  readonly evidence: readonly InverseEvidence[];
}

/**
 * Forward, then the adaptive inverse. Where the flow dequantises (`traits.likelihood` is "lower-bound"), its first layer
 * rounds on the way back, which hides errors below one bin and shows others as a whole bin. So the output of the first
 * layer on the way there is also compared with what comes back to it: the second layer's result, as observed.
 */
export async function roundTrip(
  flow: Flow,
  x: Tensor,
  random: Random,
  solve: Omit<SolveOptions, "random">,
): Promise<RoundTrip> {
  const layers: string[] = [];
  const inner: { there?: Tensor; back?: Tensor } = {};
  const rounds = flow.traits.likelihood === "lower-bound";
  const observeThere = ({ path, tensor, value }: Observation) => {
    // Parts report before the composite they are in, whose path is the beginning of theirs.
    if (tensor !== "y" || layers.some((layer) => layer.startsWith(`${path}.`))) return;
    if (layers.length === 0) inner.there = tidy(() => keep(clone(value)));
    layers.push(path);
  };
  const observeBack = ({ path, tensor, value }: Observation) => {
    if (tensor !== "x" || path !== layers[1] || inner.back) return;
    inner.back = tidy(() => keep(clone(value)));
  };
  const context = { ...solve, random, training: false, logDet: "skip" } as const;
  const at = (observe: (observation: Observation) => void): SolveContext =>
    childContext(rounds ? { ...context, observe } : context, "bijection");

  let [z, back] = [undefined as Tensor | undefined, undefined as Tensor | undefined];
  try {
    z = flow.bijection.forward(x, at(observeThere)).y;
    const solved = await flow.bijection.solveInverse(z, at(observeBack));
    back = solved.x;
    const comparable = inner.there && inner.back && inner.there.size === inner.back.size;
    return {
      data: await difference(x, back),
      beforeRounding: comparable ? await difference(inner.there!, inner.back!) : undefined,
      evidence: solved.evidence,
    };
  } finally {
    dispose([z, back, inner.there, inner.back].filter((t) => t !== undefined));
  }
}

/** On the host, in float64: a round trip is measured rarely, and float32 sums of tiny errors lose them. */
async function difference(a: Tensor, b: Tensor): Promise<Difference> {
  const [x, y] = await Promise.all([a.data(), b.data()]);
  let [max, sum] = [0, 0];
  for (let i = 0; i < x.length; i++) {
    const error = Math.abs(x[i]! - y[i]!);
    max = Math.max(max, error); // NaN wins, as it should
    sum += error;
  }
  return { max, sum, count: x.length };
}
