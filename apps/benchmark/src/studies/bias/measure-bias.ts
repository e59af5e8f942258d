import { jacobianMatrix, quadraticForms, truncationBound } from "@invertible/log-det";
import { dispose, sizeOf, tensor, tidy } from "@invertible/ops";
import type { Random } from "@invertible/ops";
import type { Images } from "../data/load-images.ts";
import type { ResidualNetwork } from "../networks/residual-network.ts";
import { exactSeries } from "./exact-series.ts";
import { takeTurn } from "../take-turn.ts";

/** The series cut after some number of terms. All numbers are nats per image; differences are to the exact log-det. */
export interface BiasPoint {
  readonly terms: number;
  /** Certified limit on the bias: the sum over blocks of d * sum over k > terms of L^k / k. */
  readonly bound: number;
  /** The bias itself, from exact traces: its mean over images, and the largest absolute value. */
  readonly truncation: { readonly mean: number; readonly largest: number };
  /** For each number of probes. */
  readonly estimates: readonly BiasEstimate[];
}

export interface BiasEstimate {
  readonly probes: number;
  /** Mean over images of the estimate minus the exact log-det. */
  readonly difference: number;
  /** Standard error of that mean, from the spread between probes. */
  readonly standardError: number;
}

export interface BiasCurve {
  /** Certified, of each block. */
  readonly lipschitz: readonly number[];
  /** Mean over images. */
  readonly exactLogDet: number;
  readonly points: readonly BiasPoint[];
}

export interface BiasOptions {
  readonly network: ResidualNetwork;
  readonly images: Images;
  /** The longest series. */
  readonly terms: number;
  /** Numbers of probes, ascending. The largest is drawn; the smaller ones take the first of them. */
  readonly probes: readonly number[];
  readonly random: Random;
  readonly signal: AbortSignal;
}

/**
 * Compares the truncated series of a network's log-det with the log-det from the whole Jacobian of every block.
 *
 * The products with J are float32. Everything after them, determinants, powers and sums, is float64.
 */
export async function measureBias(options: BiasOptions): Promise<BiasCurve> {
  const { network, images, terms, probes, random, signal } = options;
  const { count } = images;
  const dimension = sizeOf(images.shape);
  const drawn = probes.at(-1)!;
  const exact = new Float64Array(count);
  /** Partial sums of every image and every length, from exact traces; and of every probe of every image. */
  const traced = Array.from({ length: terms }, () => new Float64Array(count));
  const probed = Array.from({ length: terms }, () => new Float64Array(drawn * count));
  const lipschitz: number[] = [];
  let x = tensor(images.values, [count, ...images.shape]);
  for (const [index, { layer, branch }] of network.steps.entries()) {
    await takeTurn(signal);
    if (branch) {
      lipschitz.push((await branch.certify()).lipschitz);
      const shape = layer.inputShape;
      const [jacobians, forms] = tidy(() => {
        const { jvp } = branch.bind().linearise(x);
        const probe = random.fold(index).rademacher([drawn * count, ...shape]);
        return [jacobianMatrix({ jvp, batch: count, shape }), quadraticForms({ jvp, probe, terms })];
      }) as [typeof x, typeof x];
      const [entries, products] = [await jacobians.data(), await forms.data()];
      dispose([jacobians, forms]);
      for (let b = 0; b < count; b++) {
        const matrix = entries.slice(b * dimension ** 2, (b + 1) * dimension ** 2);
        const { logDet, partialSums } = exactSeries(matrix, dimension, terms);
        exact[b]! += logDet;
        partialSums.forEach((sum, n) => (traced[n]![b]! += sum));
      }
      for (let row = 0; row < drawn * count; row++) {
        let sum = 0;
        for (let k = 1; k <= terms; k++) {
          sum += ((k % 2 === 1 ? 1 : -1) * products[(k - 1) * drawn * count + row]!) / k;
          probed[k - 1]![row]! += sum;
        }
      }
    }
    const next = layer.forward(x);
    dispose(x);
    x = next;
  }
  dispose(x);
  const points = traced.map((sums, n): BiasPoint => {
    const biases = [...sums].map((sum, b) => sum - exact[b]!);
    return {
      terms: n + 1,
      bound: lipschitz.reduce(
        (total, each) => total + truncationBound({ lipschitz: each, dimension, terms: n + 1 }),
        0,
      ),
      truncation: { mean: mean(biases), largest: Math.max(...biases.map(Math.abs)) },
      estimates: probes.map((each) => estimate(probed[n]!, exact, each, drawn)),
    };
  });
  return { lipschitz, exactLogDet: mean([...exact]), points };
}

/** From `values` [drawn, B]: the mean of the first `probes` of every image. */
function estimate(values: Float64Array, exact: Float64Array, probes: number, drawn: number): BiasEstimate {
  const count = exact.length;
  let difference = 0;
  let variance = 0;
  for (let b = 0; b < count; b++) {
    const ofImage = Array.from({ length: drawn }, (_, s) => values[s * count + b]!);
    difference += (mean(ofImage.slice(0, probes)) - exact[b]!) / count;
    // The spread is that of all probes that were drawn, since one probe has none.
    const centre = mean(ofImage);
    variance += ofImage.reduce((total, v) => total + (v - centre) ** 2, 0) / (drawn - 1);
  }
  return { probes, difference, standardError: Math.sqrt(variance / probes) / count };
}

const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
