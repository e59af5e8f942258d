import type { LayerType, LipschitzBounds } from "@invertible/bijection";
import type { Random, Tensor } from "@invertible/ops";
import type { LawName } from "../law-names.ts";

/** [batch, ...shape] tensors from a key. */
export type Sampler = (batch: number, random: Random) => Tensor;

/** How far a layer may be from what a law expects. */
export interface Tolerances {
  /** Round trips: |error| / max(1, largest |entry| of the example). Default 1e-4. */
  readonly roundTrip: number;
  /** Log-det against the Jacobian, in nats per max(1, dimension / 4) and per |expected|. Default 1e-4. */
  readonly logDet: number;
  /** Directional derivatives, relative to the gradient's Euclidean norm. Default 3e-3. */
  readonly gradient: number;
  /** The same for the gradient of a log-det whose trait is "biased", on top of its noise. Default 0.05. */
  readonly biasedGradient: number;
}

/** What the kit must know about a layer beyond its traits. Every field has a default. */
export interface ConformanceOptions {
  /**
   * Typical inputs. Default: standard normal; and what the inverse gives for typical outputs where inputs have more numbers than outputs.
   * A layer with a domain of its own must give this, and `tails`.
   */
  readonly sample?: Sampler;
  /**
   * Typical outputs, for laws about the inverse. Default: standard normal; and what forward gives for typical inputs where outputs have
   * more numbers than inputs.
   */
  readonly sampleOutput?: Sampler;
  /**
   * Hard inputs: far out, at the edge of the domain. Default: ten times standard normal, zeros, all equal, and examples that have
   * features from 0 to 14 beside each other.
   */
  readonly tails?: readonly Sampler[];
  /** Hard outputs. Default: the same values; and what forward gives for `tails` where outputs have more numbers than inputs. */
  readonly outputTails?: readonly Sampler[];
  /**
   * Conditions [batch, ...] of a layer that needs `call.condition`. Their gradient is checked like the input's. A sampler that gives one
   * condition for the whole batch returns the same number of rows, such as 1, for every size of batch.
   */
  readonly condition?: Sampler;
  /** Lipschitz constants that hold after `enforce`, by the layer's own account. Default: none are claimed. */
  readonly claims?: Partial<LipschitzBounds>;
  /** Laws that do not hold for this layer, each with the reason why that is right. */
  readonly skip?: Partial<Readonly<Record<LawName, string>>>;
  readonly tolerances?: Partial<Tolerances>;
  /** The value, not only the log-det, depends on the random key. Default: likelihood trait is "lower-bound". */
  readonly stochastic?: boolean;
  /** Bound on the training-mode log-det's |bias|, nats per example, where it differs. Default: `traits.logDetBias`. */
  readonly trainingLogDetBias?: number;
  /** Needed by the law "rebuild": every layer type in the bijection. */
  readonly types?: readonly LayerType[];
  /**
   * Standard deviation of the noise added to each parameter before the laws, since many defects hide at the
   * start, where last layers are zero. Default 0.1.
   */
  readonly perturbation?: number;
  /** Keys for the tests of estimated log-dets, each with 16 copies of every example. Default 50. */
  readonly keys?: number;
  /**
   * False for a layer with kinks, such as relu's. Finite differences then need steps so small that rounding allows
   * errors of the gradient up to some per cent. Default true.
   */
  readonly smooth?: boolean;
  /** Of the inputs, directions and perturbations that the laws draw: an integer. The default always draws the same. */
  readonly seed?: number;
  /** Parameters that rightly have no influence on value and log-det. */
  readonly deadParameters?: readonly string[];
}

/** The tolerances of a layer whose test names none. They suit float32. */
export const defaultTolerances: Tolerances = {
  roundTrip: 1e-4,
  logDet: 1e-4,
  gradient: 3e-3,
  biasedGradient: 0.05,
};
