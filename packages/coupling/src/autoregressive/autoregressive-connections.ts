import { checkPositiveInteger, fail } from "@invertible/errors";

export interface AutoregressiveConnectionsOptions {
  /** Inputs, in the order in which each may depend on those before it. */
  readonly features: number;
  /** Widths of the hidden layers, each at least features - 1. */
  readonly hidden: readonly number[];
  /** Numbers the network gives for each feature; those of one feature are adjacent. */
  readonly outputsPerFeature: number;
}

export interface AutoregressiveConnections {
  /** By hidden layer and unit: how many of the first inputs the unit may depend on. */
  readonly hiddenDegrees: readonly (readonly number[])[];
  /** By output: the feature it belongs to, from 1; it depends on the inputs before that one. */
  readonly outputDegrees: readonly number[];
  /** By layer, shaped as its weight, [inputs][outputs]: 1 where an input reaches an output, else 0. */
  readonly layers: readonly (readonly (readonly number[])[])[];
}

/**
 * Which weights of a perceptron to keep for the outputs of feature i to depend on the inputs before i only, and on all of them.
 *
 * Input i has degree i; hidden units have the degrees 1, 2, ..., features - 1 in turn. A hidden unit is reached from degrees up to
 * its own, an output of feature i from degrees below i. Germain et al. draw the degrees at random; in turn none is missing, which
 * takes features - 1 units in every layer: output i sees input i - 1 only through units of degree i - 1. Of a single feature no
 * unit sees anything (degree 0), and its outputs are constants.
 *
 * @throws ArgumentError for numbers that are no positive integers, or fewer than features - 1 units in a layer.
 * @see Germain, Gregor, Murray, Larochelle (2015), arXiv 1502.03509, equations 8 and 9
 */
export function autoregressiveConnections(
  options: AutoregressiveConnectionsOptions,
): AutoregressiveConnections {
  checkAutoregressive(options);
  const { hiddenDegrees, outputDegrees, layers } = autoregressiveDegrees(options);
  return {
    hiddenDegrees,
    outputDegrees,
    layers: layers.map(({ from, to, reaches }) => from.map((a) => to.map((b) => (reaches(a, b) ? 1 : 0)))),
  };
}

/** @throws ArgumentError as `autoregressiveConnections` does, before anything of their size is made. */
export function checkAutoregressive(options: AutoregressiveConnectionsOptions): void {
  const where = "autoregressiveConnections";
  const { features, hidden, outputsPerFeature } = options;
  checkPositiveInteger(`${where}.features`, features);
  checkPositiveInteger(`${where}.outputsPerFeature`, outputsPerFeature);
  if (!Array.isArray(hidden)) fail(`${where}.hidden`, "a list of widths", hidden);
  for (const width of hidden) {
    checkPositiveInteger(`${where}.hidden`, width);
    if (width < features - 1)
      fail(
        `${where}.hidden`,
        `at least ${features - 1} units, one for each degree of ${features} features`,
        width,
      );
  }
}

export interface LayerDegrees {
  readonly from: readonly number[];
  readonly to: readonly number[];
  readonly reaches: (from: number, to: number) => boolean;
}

/** The degrees at both ends of every layer, and which of them meet. */
export function autoregressiveDegrees(
  options: AutoregressiveConnectionsOptions,
): Omit<AutoregressiveConnections, "layers"> & { readonly layers: readonly LayerDegrees[] } {
  const { features, hidden, outputsPerFeature } = options;
  const inputDegrees = Array.from({ length: features }, (_, i) => i + 1);
  const unitDegree = (unit: number) => (features === 1 ? 0 : (unit % (features - 1)) + 1);
  const hiddenDegrees = hidden.map((width) => Array.from({ length: width }, (_, unit) => unitDegree(unit)));
  const outputDegrees = inputDegrees.flatMap((degree) => Array<number>(outputsPerFeature).fill(degree));
  const sources = [inputDegrees, ...hiddenDegrees];
  const layers = [...hiddenDegrees, outputDegrees].map((to, i) => ({
    from: sources[i]!,
    to,
    reaches:
      i === hidden.length
        ? (from: number, to: number) => to > from
        : (from: number, to: number) => to >= from,
  }));
  return { hiddenDegrees, outputDegrees, layers };
}
