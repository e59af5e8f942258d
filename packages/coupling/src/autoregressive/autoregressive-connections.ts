import { checkOptions, checkPositiveInteger, fail } from "@invertible/errors";

/** Options of `autoregressiveConnections`. */
export interface AutoregressiveConnectionsOptions {
  /** Number of inputs. Each input may depend on those before it. */
  readonly features: number;
  /** Widths of the hidden layers, each at least features - 1. */
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
 * Computes which weights of a perceptron to keep so that the outputs of feature i depend on all inputs before i and on no
 * others.
 *
 * Input i has degree i, and the hidden units have the degrees 1, 2, ..., features - 1 in turn. A hidden unit is reached from
 * degrees up to its own, and an output of feature i from degrees below i. Germain et al. draw the degrees at random. Taking
 * them in turn leaves none out. This matters because output i sees input i - 1 only through units of degree i - 1; it takes at
 * least features - 1 units in every layer. With a single feature, no unit sees anything (degree 0), and the outputs are
 * constants.
 *
 * @throws ArgumentError for numbers that are not positive integers, or fewer than features - 1 units in a layer.
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
  const inputDegrees = Array.from({ length: features }, (_, i) => i + 1);
  const unitDegree = (unit: number) => (features === 1 ? 0 : (unit % (features - 1)) + 1);
  const hiddenDegrees = hidden.map((width) => Array.from({ length: width }, (_, unit) => unitDegree(unit)));
  const outputDegrees = inputDegrees.flatMap((degree) => Array<number>(outputsPerFeature).fill(degree));
  const sources = [inputDegrees, ...hiddenDegrees];
  const layers = [...hiddenDegrees, outputDegrees].map((targets, i) => {
    const reaches =
      i === hidden.length
        ? (from: number, to: number) => to > from
        : (from: number, to: number) => to >= from;
    return sources[i]!.map((from) => targets.map((to) => (reaches(from, to) ? 1 : 0)));
  });
  return { hiddenDegrees, outputDegrees, layers };
}
