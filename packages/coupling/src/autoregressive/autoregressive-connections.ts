import { checkOptions, checkPositiveInteger, fail } from "@invertible/errors";

/** Options of `autoregressiveConnections`. */
export interface AutoregressiveConnectionsOptions {
  /** Number of inputs. Each input may depend on those before it. */
  readonly features: number;
  /** Widths of the hidden layers. With at least features - 1 units in each, outputs depend on all inputs that they may see. */
  readonly hidden: readonly number[];
  /** How many numbers the network gives for each feature. Those of one feature are adjacent. */
  readonly outputsPerFeature: number;
}

/** Which weights of a perceptron to keep. */
export interface AutoregressiveConnections {
  /** For each hidden layer and unit, how many of the first inputs the unit may depend on. */
  readonly hiddenDegrees: readonly (readonly number[])[];
  /** For each output, the feature that it belongs to, counted from 1. It depends on the inputs before that feature. */
  readonly outputDegrees: readonly number[];
  /**
   * For each layer a matrix [inputs][outputs] of the shape of its weight: 1 where an input reaches an output, and 0 elsewhere.
   */
  readonly layers: readonly (readonly (readonly number[])[])[];
}

/**
 * Computes which weights of a perceptron to keep so that the outputs of feature i depend on inputs before i and on no others.
 *
 * Input i has degree i, and hidden units have degrees from 1 to features - 1. A hidden unit is reached from degrees up to its
 * own, and an output of feature i from degrees below i. So output i sees input i - 1 only through units of degree i - 1. Germain
 * et al. draw the degrees at random. Here, layers of at least features - 1 units take 1, 2, ..., features - 1 in turn, which
 * leaves none out, so that outputs depend on all inputs before them. In narrower layers the degrees are spread evenly, and an
 * output depends on the inputs up to the largest degree below its own. With a single feature, no unit sees anything (degree 0),
 * and the outputs are constants.
 *
 * @throws ArgumentError for numbers that are not positive integers.
 * @see Germain, Gregor, Murray, Larochelle (2015), arXiv 1502.03509, equations 8 and 9
 */
export function autoregressiveConnections(
  options: AutoregressiveConnectionsOptions,
): AutoregressiveConnections {
  checkOptions("autoregressiveConnections", options, {
    features: "required",
    hidden: "required",
    outputsPerFeature: "required",
  });
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
  for (const width of hidden) checkPositiveInteger(`${where}.hidden`, width);
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
  const hiddenDegrees = hidden.map((width) =>
    Array.from({ length: width }, (_, unit) => unitDegree(unit, width, features)),
  );
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

/** From 1 to features - 1: in turn, or spread evenly where there are fewer units than degrees. */
function unitDegree(unit: number, width: number, features: number): number {
  if (features === 1) return 0;
  const degrees = features - 1;
  return width < degrees ? Math.floor(((unit + 0.5) * degrees) / width) + 1 : (unit % degrees) + 1;
}
