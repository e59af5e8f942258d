import { childCall, solveInverse } from "@invertible/bijection";
import type { InverseEvidence, PlacedLayer, SolveCall } from "@invertible/bijection";
import type { Tensor } from "@invertible/ops";
import { createHeldTensors } from "../gradients/held-tensors.ts";

/** What comes back, compared with what went in. */
export interface Difference {
  /** Largest absolute difference, the sum of all, and how many. */
  readonly max: number;
  readonly sum: number;
  readonly count: number;
  /** Euclidean, of each row. */
  readonly byRow: readonly number[];
}

export interface RoundTrip {
  /** x - inverse(forward(x)) */
  readonly data: Difference;
  /** The same one layer further in, for flows that round; undefined for others. */
  readonly beforeRounding: Difference | undefined;
  readonly evidence: readonly InverseEvidence[];
}

/** Where the first layer dequantises, and so rounds on the way back, and there are others to measure behind it. */
export function roundsBack(layers: readonly PlacedLayer[]): boolean {
  return layers.length > 1 && layers[0]!.layer.traits.likelihood === "lower-bound";
}

/**
 * Forward through the layers of a flow, then the adaptive inverse. Rounding on the way back hides errors below one bin and shows
 * others as a whole bin: there the first layer's output is also compared with what the layers behind it give back.
 */
export async function roundTrip(
  layers: readonly PlacedLayer[],
  x: Tensor,
  options: SolveCall,
): Promise<RoundTrip> {
  const root: SolveCall = { ...options, training: false };
  const callAt = (path: string) => path.split(".").reduce(childCall<SolveCall>, root);
  const rounds = roundsBack(layers);
  const held = createHeldTensors();
  try {
    let value = x;
    let behindFirst = x;
    for (const [i, { layer, path }] of layers.entries()) {
      const input = value;
      value = held.hold(() => layer.forward(input, callAt(path)));
      if (i === 0) behindFirst = value;
      else if (input !== behindFirst || !rounds) held.release(input);
    }
    const evidence: InverseEvidence[] = [];
    let beforeRounding: Difference | undefined;
    for (const [i, { layer, path }] of [...layers.entries()].reverse()) {
      const output = value;
      if (i === 0 && rounds) beforeRounding = await difference(behindFirst, output);
      const solved = await solveInverse(layer, output, callAt(path));
      value = held.hold(() => solved.x);
      evidence.push(...solved.evidence);
      held.release(output);
    }
    return { data: await difference(x, value), beforeRounding, evidence };
  } finally {
    held.dispose();
  }
}

/** On the host, in float64: a round trip is measured rarely, and float32 sums of tiny errors lose them. */
async function difference(a: Tensor, b: Tensor): Promise<Difference> {
  const [x, y] = await Promise.all([a.data(), b.data()]);
  const size = x.length / a.shape[0]!;
  const squares = new Float64Array(a.shape[0]!);
  let [max, sum] = [0, 0];
  for (let i = 0; i < x.length; i++) {
    const error = Math.abs(x[i]! - y[i]!);
    max = Math.max(max, error); // NaN wins, as it should
    sum += error;
    squares[Math.floor(i / size)]! += error ** 2;
  }
  return { max, sum, count: x.length, byRow: Array.from(squares, Math.sqrt) };
}
