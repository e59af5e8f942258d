import type { JsonObject } from "@invertible/errors";
import type { NamedVariables, Shape, Tensor } from "@invertible/ops";
import type { Call } from "./call.ts";
import type { Embedding } from "./embedding.ts";
import type { LipschitzControl } from "./lipschitz-control.ts";
import type { Solver } from "./solver.ts";

/**
 * What a caller may rely on in a bijection, whichever layer it is. Shared code such as the trainer decides by traits and never
 * by the name of a layer.
 */
export interface Traits {
  /**
   * How the log-det is obtained when `training` is false. "exact": up to rounding. "unbiased": a random estimate that is right
   * on average, as from a Russian roulette. "biased": a truncated series. "none": the map has no log-det, because its outputs have
   * more numbers than its inputs, or because nobody prepared one. Then `forwardAndLogDet` and `inverseAndLogDet` throw
   * UnsupportedError, and `createFlow` refuses the map, since it gives no density.
   */
  readonly logDet: "exact" | "unbiased" | "biased" | "none";
  /**
   * Upper bound on the absolute bias of that log-det, in nats per example, computed from the bounds that the layer itself
   * gives. It is 0 unless the log-det is biased, and Infinity where no bound is known. The bound of a composite is the sum of
   * those of its parts. Where there is no log-det, it is 0.
   */
  readonly logDetBias: number;
  /**
   * How `inverse` works. "analytic": by a formula. "iterative": by solving an equation, see `solveInverse`. "none": the layer
   * has no inverse, and `inverse` throws UnsupportedError.
   */
  readonly inverse: "analytic" | "iterative" | "none";
  /**
   * Whether `logProb` of a flow is the log-likelihood itself, or only bounds it from below. Dequantisation gives a lower bound;
   * every other layer is exact.
   */
  readonly likelihood: "exact" | "lower-bound";
  /**
   * Number of integer values an input can take, as for pixels: inputs are then the integers 0, 1, ..., levels - 1. Undefined
   * (the default) where inputs are real numbers.
   */
  readonly levels?: number | undefined;
  /**
   * "batch-statistics" where a direction is another map while `call.training` is true: one that depends on the whole batch, as the
   * forward direction of a batch norm. Its log-det is then that of the map whose statistics are held fixed, and the other direction does
   * not undo it. Undefined (the default) where training uses the same map, which sees each example alone.
   */
  readonly trainingMap?: "batch-statistics" | undefined;
}

/**
 * An invertible map f with its log-determinant: the contract that every layer, every composite and every model implements.
 * Build a layer with `defineBijection`, and something made of other bijections with `defineComposite`.
 *
 * The traits say where one of the two is missing. A classifier needs no log-det, so its layers may be maps that have none, such as
 * one that appends channels, and ordinary networks that have no inverse either.
 *
 * "Forward" always goes from data to latents. B is the number of examples in a batch. Every method throws ShapeError for a
 * batch whose shape does not fit.
 */
export interface Bijection {
  /** Version of this contract. Code that receives a bijection can tell from it what to expect. */
  readonly spec: "bijection/1";
  /** Name of the layer type, the same as its factory's: "actNorm". */
  readonly name: string;
  /** Shape of one example of x, without the leading batch axis. */
  readonly inputShape: Shape;
  /** Shape of one example of y, without the leading batch axis. */
  readonly outputShape: Shape;
  /** What a caller may rely on. */
  readonly traits: Traits;
  /**
   * The variables that training changes, by name. The names are stable, since saved models use them. A composite prefixes the
   * names of its parts with the key of the part: "3.logScale".
   */
  readonly parameters: NamedVariables;
  /**
   * The variables that are saved but not trained, by name, such as the vectors of power iteration and flags that say
   * "initialised".
   */
  readonly state: NamedVariables;
  /** The JSON from which the layer type rebuilds this layer. It holds everything except the values of parameters and state. */
  readonly config: JsonObject;
  /** The children of a composite, in forward order. Empty for a layer. */
  readonly parts: readonly Part[];
  /** Computes y = f(x), from data towards latents. x [B, ...inputShape], y [B, ...outputShape]. */
  forward(x: Tensor, call?: Call): Tensor;
  /** Computes the same y, and logDet [B] = log|det df/dx| in nats. */
  forwardAndLogDet(x: Tensor, call?: Call): { readonly y: Tensor; readonly logDet: Tensor };
  /**
   * Computes x = f^-1(y). An iterative inverse runs a fixed number of steps here, enough for the error bound that the layer
   * states. `solveInverse` iterates to a tolerance instead.
   *
   * Where outputs have more numbers than inputs, it takes f(x) back to x, and gives some x for other y. Where they have fewer, it
   * gives one of the x that f takes to y.
   */
  inverse(y: Tensor, call?: Call): Tensor;
  /**
   * Computes the same x, and logDet [B] = log|det df^-1/dy| in nats. This is minus the log-det of the forward direction at x.
   */
  inverseAndLogDet(y: Tensor, call?: Call): { readonly x: Tensor; readonly logDet: Tensor };
  /**
   * The inverse to a tolerance, with evidence of its error. Only layers with an iterative inverse have one. It is asynchronous
   * because it reads numbers back to decide when to stop.
   */
  readonly solver?: Solver;
  /** Sets the layer up from a first batch of data. Only layers with a data-dependent start have one, such as act-norm. */
  readonly starter?: Starter;
  /** Keeps and proves the layer's Lipschitz constants. Absent where nothing is known of them. */
  readonly lipschitz?: LipschitzControl;
}

/** The data-dependent start of a layer. Call `initialise`, which hands every layer in a model the batch at its own input. */
export interface Starter {
  /** Sets parameters and state from one batch x [B, ...inputShape] at this layer's input. */
  start(x: Tensor, call?: Call): Promise<void>;
}

/**
 * One child of a composite. A value goes through the parts of a composite one after another. Each part takes its input out of
 * the value, maps it, and puts the result back.
 */
export interface Part {
  /** Prefix of the part's parameter names, and its place in paths: "0", "inner". */
  readonly key: string;
  /** The child itself. */
  readonly bijection: Bijection;
  /** Default "forward". With "inverse", the forward direction of the composite runs this part backwards. */
  readonly direction?: "forward" | "inverse";
  /** Which numbers of the value the part sees, and where its results go. Default: it maps the whole value. */
  readonly embedding?: Embedding;
}
