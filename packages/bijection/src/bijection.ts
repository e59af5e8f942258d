import type { JsonObject, NamedVariables, Random, Shape, Tensor } from "@invertible/ops";

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

/** Everything a call needs that is not a parameter. A bijection keeps no hidden state between calls. */
export interface CallContext {
  /** A key, not a stream: the same context gives the same numbers. Composites hand each part its own fold. */
  readonly random: Random;
  readonly training: boolean;
  readonly condition?: Tensor;
  /** "skip" asks for the value alone: no log-det is computed. The default is "compute". */
  readonly logDet?: "compute";
  /** Called with every result; tensors are only valid during the call. For diagnosis. */
  readonly observe?: (observation: Observation) => void;
  /** Where this call stands in the model, as in parameter names: "3.inner.0". Set by composites. */
  readonly path?: string;
}

export interface ValueContext extends Omit<CallContext, "logDet"> {
  readonly logDet: "skip";
}

export interface Observation {
  readonly path: string;
  readonly layer: string;
  readonly direction: "forward" | "inverse";
  readonly tensor: "x" | "y" | "logDet";
  readonly value: Tensor;
}

export interface SolveContext extends ValueContext {
  /**
   * Bound on the Euclidean error of each row of x, per iterative layer. Default 1e-5 * max(1, |y|) by row, or twice what float32
   * rounding alone can do to that row where that is more.
   */
  readonly tolerance?: number;
  /** Default 10000. */
  readonly maxIterations?: number;
  /** Which iteration iterative layers use. Default: each layer's own. All are safeguarded by the contraction. */
  readonly method?: InverseMethod;
  /** At the iteration cap: throw NotConvergedError (default), or return with `converged: false`. */
  readonly onCap?: "throw" | "return";
}

/** Fixed-point iteration; Anderson's acceleration; Broyden's quasi-Newton method. */
export type InverseMethod = "banach" | "anderson" | "broyden";

/** What an iterative inverse can say about its result. */
export interface InverseEvidence {
  readonly path: string;
  readonly layer: string;
  readonly method: InverseMethod;
  /** L < 1, the Lipschitz constant behind the bounds: certified; in training mode, where weights keep changing, only claimed. */
  readonly lipschitz: number;
  /** Most iterations any row took. */
  readonly iterations: number;
  /** Largest last step |x_n - x_(n-1)| over the rows, Euclidean. */
  readonly residual: number;
  /**
   * No row is further than this from the true inverse of this layer: (L * residual + r) / (1 - L), where r allows for
   * float32 rounding in one step.
   */
  readonly errorBound: number;
  readonly converged: boolean;
  /** The same for each row, in the order of the batch. */
  readonly rows: readonly RowEvidence[];
}

export interface RowEvidence {
  readonly iterations: number;
  readonly residual: number;
  readonly errorBound: number;
  readonly converged: boolean;
}

/** Proven Lipschitz constants in the Euclidean norm; Infinity where nothing is proven. */
export interface LipschitzBounds {
  /** At least sup |f(a) - f(b)| / |a - b|. */
  readonly forward: number;
  /** At least sup |f^-1(a) - f^-1(b)| / |a - b|. */
  readonly inverse: number;
}

/**
 * What is proven of a layer with the weights it has now, for every condition and random key: exact arithmetic on the stored
 * float32 weights, bounded in float64 with rounding accounted for. It says nothing of rounding inside a forward call.
 */
export interface Certificate extends LipschitzBounds {
  /** The layers whose bounds multiply to these, in forward order. */
  readonly layers: readonly LayerCertificate[];
}

export interface LayerCertificate extends LipschitzBounds {
  /** As in parameter names: "3.inner.0". */
  readonly path: string;
  readonly layer: string;
}

export interface Solved {
  readonly x: Tensor;
  /** One entry per iterative layer, in the order they were inverted. Empty where every inverse is analytic. */
  readonly evidence: readonly InverseEvidence[];
}

/** Either a fixed number of power iterations with no readback, or as much work as a tolerance needs. */
export type RefreshOptions =
  | {
      readonly iterations: number;
      readonly tolerance?: never;
      readonly absoluteTolerance?: never;
      readonly maxIterations?: never;
    }
  | {
      /** Stop when the estimate rises by less than `tolerance` of itself plus `absoluteTolerance`. */
      readonly tolerance: number;
      /** Default 0. For weights near 0, whose relative error does not matter. */
      readonly absoluteTolerance?: number;
      /** Default 1000. */
      readonly maxIterations?: number;
      readonly iterations?: never;
    };

/** The contract every invertible layer implements. Build one with `defineBijection`. */
export interface Bijection {
  readonly spec: "bijection/1";
  /** Name of the layer type, the same as its factory's: "actNorm". */
  readonly name: string;
  readonly inputShape: Shape;
  readonly outputShape: Shape;
  readonly traits: Traits;
  /** Trained. Stable names: chain prefixes "0.", "1.", ... */
  readonly parameters: NamedVariables;
  /** Persisted, not trained: power-iteration vectors, "initialised" flags. */
  readonly state: NamedVariables;
  /** JSON from which the layer type rebuilds this layer, up to the values of parameters and state. */
  readonly config: JsonObject;
  /** x [B, ...inputShape] -> y [B, ...outputShape]; logDet [B] = log|det df/dx| in nats. Data -> latent. */
  forward(x: Tensor, context: CallContext): { readonly y: Tensor; readonly logDet: Tensor };
  forward(x: Tensor, context: ValueContext): { readonly y: Tensor };
  /** For composites, which hand on whichever context they were given. */
  forward(x: Tensor, context: CallContext | ValueContext): { readonly y: Tensor; readonly logDet?: Tensor };
  /**
   * y -> x = f^-1(y); logDet [B] = log|det df^-1/dy|, that is minus the forward value at x. An iterative inverse
   * runs a fixed number of steps here, enough for its certified bound; see `solveInverse` for the adaptive form.
   */
  inverse(y: Tensor, context: CallContext): { readonly x: Tensor; readonly logDet: Tensor };
  inverse(y: Tensor, context: ValueContext): { readonly x: Tensor };
  inverse(y: Tensor, context: CallContext | ValueContext): { readonly x: Tensor; readonly logDet?: Tensor };
  /** Adaptive inverse with evidence. Asynchronous, because it looks at numbers; analytic layers answer at once. */
  solveInverse(y: Tensor, context: SolveContext): Promise<Solved>;
  /** Data-dependent start from one batch at this layer's input. Layers that need none do nothing. */
  initialise(x: Tensor, context: ValueContext): Promise<void>;
  /** Updates state that follows the parameters, such as power-iteration vectors. Called by the trainer. */
  refresh(options: RefreshOptions): Promise<void>;
  /** Proves bi-Lipschitz bounds from the present weights. */
  certify(): Promise<Certificate>;
  /** Scales weights down, where needed, until every Lipschitz constant the layer claims is proven. Others do nothing. */
  enforce(): Promise<void>;
}
