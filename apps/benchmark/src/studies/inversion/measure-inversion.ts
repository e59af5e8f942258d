import { certify } from "@invertible/bijection";
import { dispose, tensor } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import type { Images } from "../data/load-images.ts";
import type { NetworkStep } from "../networks/network-step.ts";
import type { ResidualNetwork } from "../networks/residual-network.ts";
import { average, distances, invertBlock } from "./invert-block.ts";
import type { Method } from "./invert-block.ts";
import { invertNetwork } from "./invert-network.ts";
import { takeTurn } from "../take-turn.ts";

/** What inverting a network by one method gives, for each number of evaluations. */
export interface InversionCurve {
  readonly method: Method;
  readonly points: readonly InversionPoint[];
}

export interface InversionPoint {
  /** Evaluations of g in every block. */
  readonly iterations: number;
  /** |x - x_n| / |x - x_0|, for each block from its true y: the mean over blocks and images, and the largest. */
  readonly blocks: { readonly mean: number; readonly largest: number };
  /** Certified limit on that mean: the mean of L^n over blocks. Only for plain iteration with a certificate. */
  readonly certified?: number;
  /**
   * The largest ratio, over blocks and images, of the error to its a-priori bound L^n/(1-L) |x_1 - x_0| plus the float32 floor. At most
   * 1 where the theorem holds. Only for plain iteration with a certificate.
   */
  readonly shareOfBound?: number;
  /** The largest ratio of the error to the bound that the solver returns with its result. Absent where it returns none. */
  readonly shareOfEvidence?: number;
  /** Error of the image, root mean square over pixels in units of the pixel range, when every block stops after n: mean over images. */
  readonly network: number;
  /** Certified limit on it, for plain iteration with a certificate. */
  readonly networkCertified?: number;
}

/** The certified Lipschitz constant of every step that has one. */
interface Proof {
  /** Of g, for blocks. */
  readonly branch: number | undefined;
  /** Of the inverse of the layer. */
  readonly inverse: number;
}

/** A block at an image: its input is known, so the error of every iterate is. */
interface KnownBlock {
  readonly step: NetworkStep;
  readonly lipschitz: number | undefined;
  readonly x: Float32Array;
  readonly y: Tensor;
  /** |x - x_0| and |x_1 - x_0| of every image. */
  readonly start: readonly number[];
  readonly firstStep: readonly number[];
  /** What float32 leaves: rounding in y and in each iterate, both magnified by 1/(1-L). */
  readonly floor: readonly number[];
}

/** Unit roundoff of float32 times a small number of operations whose errors add up in x + g(x). */
const rounding = 2 ** -22;

/**
 * Measures how fast a trained network is inverted, block by block and as a whole.
 *
 * @param counts numbers of evaluations, in ascending order
 */
export async function measureInversion(
  { steps }: ResidualNetwork,
  images: Images,
  methods: readonly Method[],
  counts: readonly number[],
  signal: AbortSignal,
): Promise<{ readonly lipschitz: readonly number[]; readonly curves: readonly InversionCurve[] }> {
  const proofs = await proveSteps(steps);
  const rows = images.count;
  const start = tensor(images.values, [rows, ...images.shape]);
  const values = [start];
  for (const { layer } of steps) values.push(layer.forward(values.at(-1)!));
  try {
    const blocks = await knownBlocks(steps, proofs, values, rows);
    const curves: InversionCurve[] = [];
    for (const method of methods) {
      const points: InversionPoint[] = [];
      for (const iterations of counts) {
        await takeTurn(signal);
        const local = await measureBlocks(blocks, method, iterations, rows);
        const whole = await invertNetwork(steps, values.at(-1)!, method, iterations);
        const pixels = Math.sqrt(images.values.length / rows);
        const network = average(distances(whole, images.values, rows)) / pixels;
        const limit =
          method === "banach" && blocks.every(({ lipschitz }) => lipschitz !== undefined)
            ? { networkCertified: average(networkBounds(proofs, blocks, iterations, rows)) / pixels }
            : {};
        points.push({ iterations, ...local, network, ...limit });
      }
      curves.push({ method, points });
    }
    return { lipschitz: proofs.flatMap(({ branch }) => branch ?? []), curves };
  } finally {
    dispose(values);
  }
}

async function proveSteps(steps: readonly NetworkStep[]): Promise<Proof[]> {
  const proofs: Proof[] = [];
  for (const { layer, branch } of steps) {
    const lipschitz = branch && (await branch.certify()).lipschitz;
    const inverse = layer.traits.inverse === "none" ? Infinity : (await certify(layer)).inverse;
    proofs.push({ branch: lipschitz, inverse });
  }
  return proofs;
}

async function knownBlocks(
  steps: readonly NetworkStep[],
  proofs: readonly Proof[],
  values: readonly Tensor[],
  rows: number,
): Promise<KnownBlock[]> {
  const blocks: KnownBlock[] = [];
  for (const [i, step] of steps.entries()) {
    if (!step.g) continue;
    const lipschitz = proofs[i]!.branch;
    const y = values[i + 1]!;
    const [x, x0] = [(await values[i]!.data()) as Float32Array, await y.data()];
    const { x: first } = await invertBlock(step, y, "banach", 1);
    const x1 = await first.data();
    dispose(first);
    const zero = new Float32Array(x0.length);
    const lengths = distances(x0, zero, rows).map((length, row) => length + distances(x, zero, rows)[row]!);
    blocks.push({
      ...{ step, lipschitz, x, y },
      start: distances(x0, x, rows),
      firstStep: distances(x1, x0, rows),
      floor: lengths.map((length) => (rounding * length) / (1 - (lipschitz ?? 0))),
    });
  }
  return blocks;
}

async function measureBlocks(
  blocks: readonly KnownBlock[],
  method: Method,
  iterations: number,
  rows: number,
): Promise<Omit<InversionPoint, "iterations" | "network" | "networkCertified">> {
  const relative: number[] = [];
  const shares: number[] = [];
  const evidenceShares: number[] = [];
  const certified: number[] = [];
  for (const { step, lipschitz, x, y, start, firstStep, floor } of blocks) {
    const solved = await invertBlock(step, y, method, iterations);
    const errors = distances(await solved.x.data(), x, rows);
    dispose(solved.x);
    errors.forEach((error, row) => {
      relative.push(error / start[row]!);
      // The y of the block was rounded, which the solver cannot know.
      solved.errorBounds.forEach(
        (bound, at) => at === row && evidenceShares.push(error / (bound + floor[row]!)),
      );
      if (lipschitz === undefined) return;
      const bound = (lipschitz ** iterations / (1 - lipschitz)) * firstStep[row]!;
      shares.push(error / (bound + floor[row]!));
      certified.push(lipschitz ** iterations);
    });
  }
  const plain = method === "banach" && certified.length > 0;
  return {
    blocks: { mean: average(relative), largest: Math.max(...relative) },
    ...(plain && { certified: average(certified), shareOfBound: Math.max(...shares) }),
    ...(evidenceShares.length > 0 && { shareOfEvidence: Math.max(...evidenceShares) }),
  };
}

/**
 * Certified limits on the error of the whole inverse, one for each image. Let a block receive y with an error e. Its n-th iterate from
 * there is within
 *
 *     L^n (|g(x)| + L e/(1-L)) + e/(1-L)
 *
 * of its true input x: the first term is how far iteration still is from its limit, the second how far the limit is from x.
 */
function networkBounds(
  proofs: readonly Proof[],
  blocks: readonly KnownBlock[],
  iterations: number,
  rows: number,
): number[] {
  let errors = new Array<number>(rows).fill(0);
  let block = blocks.length;
  for (const { branch, inverse } of [...proofs].reverse()) {
    if (branch === undefined) {
      errors = errors.map((error) => error * inverse);
      continue;
    }
    const { start, floor } = blocks[--block]!;
    errors = errors.map((error, row) => {
      const limit = error / (1 - branch);
      return branch ** iterations * (start[row]! + branch * limit) + limit + floor[row]!;
    });
  }
  return errors;
}
