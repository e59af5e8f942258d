import { logDetFloat64 } from "@invertible/log-det";
import type { Jvp } from "@invertible/log-det";
import { dispose, sizeOf, tensor, tidy } from "@invertible/ops";
import type { Random, Shape, Tensor } from "@invertible/ops";
import type { Images } from "../data/load-images.ts";
import type { ResidualNetwork } from "../networks/residual-network.ts";
import { candidates, varianceIsProven } from "./candidates.ts";
import type { Candidate } from "./candidates.ts";
import { takeTurn } from "../take-turn.ts";

/** What was measured of one estimator of a network's log-det, in nats per image. */
export interface EstimatorFacts {
  readonly family: Candidate["family"];
  readonly label: string;
  readonly kind: "exact" | "unbiased" | "biased";
  /** Certified limit on |bias|: 0 unless it is biased. */
  readonly biasBound: number;
  /** Whether its variance is proven to be finite for the certified constants. */
  readonly finiteVariance: boolean;
  /** Mean over images and repeats of the estimate minus the exact log-det, and its standard error. */
  readonly difference: number;
  readonly differenceError: number;
  /** Standard deviation of one estimate of one image, and the standard error of that. */
  readonly deviation: number;
  readonly deviationError: number;
  /** Products with a Jacobian, for one image and one block. */
  readonly products: number;
  /** For one image and all blocks, of a batch; the median over repeats. */
  readonly milliseconds: number;
}

/** Parts of the repeats whose spread gives standard errors. */
const groups = 10;

interface Block {
  readonly x: Tensor;
  readonly shape: Shape;
  readonly lipschitz: number;
  readonly linearise: (x: Tensor) => Jvp;
}

/**
 * Repeats every estimate with fresh random numbers, a multiple of 10 times.
 *
 * All images of a call share the random length of a roulette, so their errors are correlated. Standard errors are therefore taken from
 * the spread between groups of repeats and not from the number of images.
 */
export async function measureEstimators(
  network: ResidualNetwork,
  images: Images,
  repeats: number,
  random: Random,
  say: (text: string) => void,
  signal: AbortSignal,
): Promise<EstimatorFacts[]> {
  const { count } = images;
  const dimension = sizeOf(images.shape);
  const blocks = await blocksOf(network, images);
  try {
    const exact = new Float64Array(count);
    for (const { x, shape, linearise } of blocks) {
      const jvp: Jvp = (v) => linearise(x)(v);
      (await logDetFloat64({ jvp, batch: count, shape })).forEach((value, b) => (exact[b]! += value));
    }
    const facts: EstimatorFacts[] = [];
    const bounds = blocks.map(({ lipschitz }) => ({ lipschitz, dimension }));
    for (const candidate of candidates(dimension)) {
      const { family, label, estimator } = candidate;
      say(`${family}, ${label}`);
      const runs = await repeated(candidate, blocks, count, repeats, random.fold(family).fold(label), signal);
      facts.push({
        ...{ family, label, kind: estimator.kind },
        biasBound: bounds.reduce((total, each) => total + estimator.bias(each), 0),
        finiteVariance: varianceIsProven(candidate, bounds),
        ...statistics(runs.values, exact),
        products: runs.products,
        milliseconds: runs.milliseconds,
      });
    }
    return facts;
  } finally {
    dispose(blocks.map(({ x }) => x));
  }
}

async function blocksOf({ steps }: ResidualNetwork, images: Images): Promise<Block[]> {
  const blocks: Block[] = [];
  let x = tensor(images.values, [images.count, ...images.shape]);
  for (const { layer, branch } of steps) {
    const next = layer.forward(x);
    if (branch)
      blocks.push({
        ...{ x, shape: layer.inputShape, lipschitz: (await branch.certify()).lipschitz },
        linearise: (at) => branch.bind().linearise(at).jvp,
      });
    else dispose(x);
    x = next;
  }
  dispose(x);
  return blocks;
}

/** Estimates [repeat][image], the mean number of products, and the time. */
async function repeated(
  { estimator }: Candidate,
  blocks: readonly Block[],
  count: number,
  repeats: number,
  random: Random,
  signal: AbortSignal,
) {
  const values: Float64Array[] = [];
  const times: number[] = [];
  let rows = 0;
  for (let repeat = 0; repeat < repeats; repeat++) {
    await takeTurn(signal);
    const started = performance.now();
    const total = new Float64Array(count);
    for (const [index, { x, shape, linearise }] of blocks.entries()) {
      const estimate = tidy(() => {
        const product = linearise(x);
        const jvp: Jvp = (v) => {
          rows += v.shape[0]!;
          return product(v);
        };
        return estimator.estimate({ jvp, batch: count, shape, random: random.fold(repeat).fold(index) });
      });
      (await estimate.data()).forEach((value, b) => (total[b]! += value));
      dispose(estimate);
    }
    times.push(performance.now() - started);
    values.push(total);
  }
  times.sort((a, b) => a - b);
  return {
    values,
    products: rows / (count * repeats * blocks.length),
    milliseconds: times[Math.floor(repeats / 2)]! / count,
  };
}

function statistics(values: readonly Float64Array[], exact: Float64Array) {
  const differences = values.map((of) => mean([...of].map((value, b) => value - exact[b]!)));
  const size = values.length / groups;
  const ofGroups = Array.from({ length: groups }, (_, g) => spread(values.slice(g * size, (g + 1) * size)));
  const deviation = Math.sqrt(spread(values));
  // The error of a root is half of the relative error of the square.
  const squareError = Math.sqrt(variance(ofGroups) / groups);
  return {
    difference: mean(differences),
    differenceError: Math.sqrt(variance(differences) / differences.length),
    deviation,
    deviationError: deviation === 0 ? 0 : squareError / (2 * deviation),
  };
}

/** Variance over repeats, averaged over images. */
function spread(values: readonly Float64Array[]): number {
  const images = values[0]!.length;
  return mean(Array.from({ length: images }, (_, b) => variance(values.map((of) => of[b]!))));
}

const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;

function variance(values: readonly number[]): number {
  const centre = mean(values);
  return values.reduce((total, value) => total + (value - centre) ** 2, 0) / (values.length - 1);
}
