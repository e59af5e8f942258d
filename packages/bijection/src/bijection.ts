import type { JsonObject } from "@invertible/errors";
import type { NamedVariables, Shape, Tensor } from "@invertible/ops";
import type { Call } from "./call.ts";
import type { Embedding } from "./embedding.ts";
import type { LipschitzControl } from "./lipschitz-control.ts";
import type { Solver } from "./solver.ts";

/** What a caller may rely on. Shared code reads traits; it never asks "which layer is this?". */
export interface Traits {
  /** How the evaluation-mode log-det is obtained. A truncated series is biased, a roulette estimate unbiased. */
  readonly logDet: "exact" | "unbiased" | "biased";
  /**
   * Bound on the bias of that log-det, nats per example, as far as the layer's own bounds hold: 0 unless biased, Infinity
   * where nothing is known. Composites add up.
   */
  readonly logDetBias: number;
  readonly inverse: "analytic" | "iterative" | "none";
  /** Dequantisation makes log-likelihoods a lower bound; every other layer is exact. */
  readonly likelihood: "exact" | "lower-bound";
  /** Inputs are integers 0, 1, ..., levels - 1, as pixels are; undefined (default) where they are real numbers. */
  readonly levels?: number | undefined;
}

/**
 * The contract every invertible layer implements. Build a layer with `defineBijection`, and something made of layers with
 * `defineComposite`.
 */
export interface Bijection {
  readonly spec: "bijection/1";
  /** Name of the layer type, the same as its factory's: "actNorm". */
  readonly name: string;
  /** Without the leading batch axis. */
  readonly inputShape: Shape;
  readonly outputShape: Shape;
  readonly traits: Traits;
  /** Trained. Stable names: a composite prefixes those of its parts with the part's key. */
  readonly parameters: NamedVariables;
  /** Persisted, not trained: power-iteration vectors, "initialised" flags. */
  readonly state: NamedVariables;
  /** JSON from which the layer type rebuilds this layer, up to the values of parameters and state. */
  readonly config: JsonObject;
  /** What a composite is made of, in forward order; empty for a layer. */
  readonly parts: readonly Part[];
  /** x [B, ...inputShape] -> y [B, ...outputShape]. Data -> latent. */
  forward(x: Tensor, call?: Call): Tensor;
  /** The same y, and logDet [B] = log|det df/dx| in nats. */
  forwardAndLogDet(x: Tensor, call?: Call): { readonly y: Tensor; readonly logDet: Tensor };
  /**
   * y -> x = f^-1(y). An iterative inverse runs a fixed number of steps here, enough for its certified bound; see `solveInverse`
   * for the adaptive form.
   */
  inverse(y: Tensor, call?: Call): Tensor;
  /** The same x, and logDet [B] = log|det df^-1/dy|, that is minus the forward value at x. */
  inverseAndLogDet(y: Tensor, call?: Call): { readonly x: Tensor; readonly logDet: Tensor };
  /** Where the inverse is iterative: to a tolerance, with evidence. Asynchronous, because it looks at numbers. */
  readonly solver?: Solver;
  /** Where the start depends on data. */
  readonly starter?: Starter;
  /** Where something is known, or held, of the layer's Lipschitz constants. */
  readonly lipschitz?: LipschitzControl;
}

export interface Starter {
  /** Sets parameters and state from one batch at this layer's input. */
  start(x: Tensor, call?: Call): Promise<void>;
}

/**
 * One child of a composite. A composite is a value that goes through its parts: each takes something out of the value, maps it,
 * and puts the result back.
 */
export interface Part {
  /** Prefix of its parameters' names, and its place in paths: "0", "inner". */
  readonly key: string;
  readonly bijection: Bijection;
  /** Default "forward". "inverse": the composite's forward direction runs this part backwards. */
  readonly direction?: "forward" | "inverse";
  /** What the part sees. Default: the whole value. */
  readonly embedding?: Embedding;
}
