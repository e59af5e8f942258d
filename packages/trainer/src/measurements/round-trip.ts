import { childCall, solveInverse } from "@invertible/bijection";
import type { InverseEvidence, PlacedLayer, SolveCall } from "@invertible/bijection";
import type { Tensor } from "@invertible/ops";
import { createHeldTensors } from "../gradients/held-tensors.ts";

/** The difference between what went in and what came back. */
export interface Difference {
  /** Largest absolute difference of an element. */
  readonly max: number;
  /** Sum of all absolute differences. */
  readonly sum: number;
  /** Number of elements. */
  readonly count: number;
  /** Number of elements that are not exactly equal. */
  readonly unequal: number;
  /** Euclidean length of the difference in each row. */
  readonly byRow: readonly number[];
}

/** The result of `roundTrip`. */
export interface RoundTrip {
  /** The difference x - inverse(forward(x)). */
  readonly data: Difference;
  /** The same difference at the output of the first layer, for flows that round. Undefined for others. */
  readonly beforeRounding: Difference | undefined;
  /** The evidence of every iterative inverse. */
  readonly evidence: readonly InverseEvidence[];
}

/** Whether the first layer dequantises, and so rounds on the way back, and there are other layers behind it to measure. */
export function roundsBack(layers: readonly PlacedLayer[]): boolean {
  return layers.length > 1 && layers[0]!.layer.traits.likelihood === "lower-bound";
}

/**
 * Maps x forward through the layers of a flow, and back by the adaptive inverse. Rounding on the way back hides errors below
 * one bin and shows larger ones as a whole bin. Where the flow rounds, the output of the first layer is therefore also compared
 * with what the layers behind it give back.
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

/**
 * Compares two tensors on the host, in float64, because float32 sums would lose tiny errors. Round trips are measured rarely
 * enough for this.
 */
async function difference(a: Tensor, b: Tensor): Promise<Difference> {
  const [x, y] = await Promise.all([a.data(), b.data()]);
  const size = x.length / a.shape[0]!;
  const squares = new Float64Array(a.shape[0]!);
  let [max, sum, unequal] = [0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    const error = Math.abs(x[i]! - y[i]!);
    max = Math.max(max, error); // NaN wins, as it should
    sum += error;
    if (error !== 0) unequal++;
    squares[Math.floor(i / size)]! += error ** 2;
  }
  return { max, sum, count: x.length, unequal, byRow: Array.from(squares, Math.sqrt) };
}
