import { certify, solveInverse } from "@invertible/bijection";
import type { Bijection, Certificate, InverseEvidence } from "@invertible/bijection";
import { add, dispose, tensor, tidy } from "@invertible/ops";
import type { Random, Tensor } from "@invertible/ops";
import { distances } from "../inversion/invert-block.ts";
import type { InputKind } from "./inputs.ts";
import { takeTurn } from "../take-turn.ts";

/** How well a network reconstructs one kind of input. Errors are root mean squares over pixels, in units of the pixel range. */
export interface Explosion {
  readonly input: string;
  /** Of every input that came back finite, in ascending order. */
  readonly errors: readonly number[];
  /** How many came back as NaN or infinity, or had such a latent. */
  readonly lost: number;
  /** The largest certified bound on these errors; null where nothing is certified. */
  readonly certified: number | null;
  /** The largest measured |f^-1(y + e) - f^-1(y)| / |e| over small random e; null where no input came back. */
  readonly stretch: number | null;
}

export interface ExplodingNetwork {
  /** Certified bounds of the Lipschitz constants of both directions; null for infinity. */
  readonly lipschitz: { readonly forward: number | null; readonly inverse: number | null };
  readonly inputs: readonly Explosion[];
}

/** Relative to the latent: far above float32 rounding, and far below the scale on which a network bends. */
const perturbation = 1e-3;
const directions = 4;

export async function measureExplosion(
  network: Bijection,
  kinds: readonly InputKind[],
  random: Random,
  signal: AbortSignal,
): Promise<ExplodingNetwork> {
  const certificate = await certify(network);
  const inputs: Explosion[] = [];
  for (const kind of kinds) {
    await takeTurn(signal);
    inputs.push(await measureKind(network, certificate, kind, random.fold(kind.name)));
  }
  const { forward, inverse } = certificate;
  return { lipschitz: { forward: finite(forward), inverse: finite(inverse) }, inputs };
}

async function measureKind(
  network: Bijection,
  certificate: Certificate,
  { name, values }: InputKind,
  random: Random,
): Promise<Explosion> {
  const { inputShape } = network;
  const size = inputShape.reduce((product, n) => product * n, 1);
  const count = values.length / size;
  const scale = Math.sqrt(size);
  const x = tensor(values, [count, ...inputShape]);
  const y = network.forward(x);
  const back = await invert(network, y);
  const all = distances(back.values, values, count).map((distance) => distance / scale);
  const kept = all.map(Number.isFinite);
  const bounds = errorBounds(certificate, back.evidence, count);
  const certified = bounds && Math.max(...bounds.filter((_, i) => kept[i])) / scale;
  const stretches: number[] = [];
  for (const direction of random.split(directions))
    stretches.push(...(await stretchesAlong(network, y, back.values, direction)));
  const measured = stretches.filter(Number.isFinite);
  dispose([x, y]);
  return {
    input: name,
    errors: all.filter(Number.isFinite).sort((a, b) => a - b),
    lost: all.filter((error) => !Number.isFinite(error)).length,
    certified: certified === null ? null : finite(certified),
    stretch: measured.length === 0 ? null : Math.max(...measured),
  };
}

async function invert(network: Bijection, y: Tensor) {
  const { x, evidence } = await solveInverse(network, y, { onCap: "return" });
  const values = await x.data();
  dispose(x);
  return { values, evidence };
}

/** |f^-1(y + e) - f^-1(y)| / |e| of every row, for one random e of each. */
async function stretchesAlong(
  network: Bijection,
  y: Tensor,
  back: ArrayLike<number>,
  random: Random,
): Promise<number[]> {
  const rows = y.shape[0]!;
  const latents = await y.data();
  const lengths = distances(latents, new Float32Array(latents.length), rows);
  const noise = random.normalArray(latents.length);
  const size = latents.length / rows;
  const noiseLengths = distances(noise, new Float32Array(noise.length), rows);
  const step = noise.map((value, i) => {
    const row = Math.floor(i / size);
    return (perturbation * lengths[row]! * value) / noiseLengths[row]!;
  });
  const moved = tidy(() => add(y, tensor(step, [...y.shape])));
  const { values } = await invert(network, moved);
  dispose(moved);
  return distances(values, back, rows).map((distance, row) => distance / (perturbation * lengths[row]!));
}

/**
 * Certified bounds on the Euclidean errors of a network's inverse, one for each row: the bound of every iterative layer, times the
 * proven constants of the inverses that its error still goes through. Null where a constant is not proven. Rounding in layers with a
 * formula is not included.
 */
function errorBounds(
  { layers, inverse }: Certificate,
  evidence: readonly InverseEvidence[],
  rows: number,
): number[] | null {
  if (!Number.isFinite(inverse)) return null;
  const bounds = new Array<number>(rows).fill(0);
  let afterwards = 1;
  for (const { path, inverse: own } of layers) {
    const found = evidence.find((each) => each.path === path);
    found?.rows.forEach(({ errorBound }, row) => (bounds[row]! += errorBound * afterwards));
    afterwards *= own;
  }
  return bounds;
}

const finite = (value: number) => (Number.isFinite(value) ? value : null);
