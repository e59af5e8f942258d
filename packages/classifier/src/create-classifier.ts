import { checkMembers, checkOptions, explainOutOfMemory, fail } from "@invertible/errors";
import {
  certify,
  checkBijection,
  childCall,
  enforce,
  initialise,
  isFresh,
  refresh,
  solveInverse,
} from "@invertible/bijection";
import type {
  Bijection,
  Call,
  Certificate,
  LipschitzControl,
  RefreshOptions,
  SolveCall,
  Solved,
} from "@invertible/bijection";
import { checkInUse, disposeModel } from "@invertible/flow";
import {
  add,
  all,
  argMax,
  cast,
  dispose,
  isFiniteElementwise,
  logSoftmax,
  mul,
  prefixed,
  sub,
  tidy,
} from "@invertible/ops";
import type { NamedVariables, Tensor } from "@invertible/ops";
import type { Head } from "./heads/head.ts";

/**
 * A classifier whose network is invertible: a bijection from data to features, and a head from features to logits. The features of an
 * example still determine it, so it can be reconstructed from them. No log-determinant is ever computed.
 */
export interface Classifier extends LipschitzControl<Certificate> {
  /** The map from data to features. */
  readonly features: Bijection;
  /** The map from features to logits. */
  readonly head: Head;
  /** Number of classes. */
  readonly classes: number;
  /** The variables that training changes: those of the network under "features.", those of the head under "head.". */
  readonly parameters: NamedVariables;
  /** The variables that are saved but not trained, under the same prefixes. */
  readonly state: NamedVariables;
  /**
   * Computes logits [B, classes] for x [B, ...inputShape]. They are the logarithms of the probabilities of the classes, up to one
   * number for each example.
   *
   * @throws OutOfMemoryError for more examples than fit into the memory of the backend at once.
   */
  logits(x: Tensor, call?: Call): Tensor;
  /** Computes log p(class | x) [B, classes] in nats, log softmax of the logits. */
  logProbs(x: Tensor, call?: Call): Tensor;
  /** Finds the most probable class of each example, [B] int32. Of equal ones it is the first. Where a logit is not finite, it is -1. */
  classify(x: Tensor, call?: Call): Tensor;
  /** Maps x to its features and back, f^-1(f(x)), with the evidence of the inverse. */
  reconstruct(x: Tensor, call?: Omit<SolveCall, "training" | "stateUpdates">): Promise<Solved>;
  /** Sets up every layer that has a data-dependent start, and then the head, from one batch of data x [B, ...inputShape]. */
  initialise(x: Tensor, call?: Call): Promise<void>;
  /**
   * Brings the state that follows the weights up to date in every layer. Call it after you have changed weights. Without
   * options, every estimate is iterated until it changes by less than 1e-4 of itself.
   */
  refresh(options?: RefreshOptions): Promise<void>;
  /**
   * Proves Lipschitz bounds of the map from data to features and of its inverse, and those of every layer, from the weights as
   * they are now. The head is not part of it. Paths begin with "features", like the names of parameters.
   */
  certify(): Promise<Certificate>;
  /** Whether the estimates of every layer belong to its weights as they are now. False after weights moved without a refresh. */
  isFresh(): boolean;
}

/**
 * Makes a classifier from a bijection, which maps data to features, and a head on its output. A flow of the same bijection shares its
 * variables, so that one network can model both the density of the data and their classes.
 *
 * @throws ArgumentError where the features of the head have another shape than the output of the bijection.
 * @see Behrmann et al. (2019), arXiv:1811.00995, section 5.1
 */
export function createClassifier(options: { readonly features: Bijection; readonly head: Head }): Classifier {
  checkOptions("createClassifier", options, { features: "required", head: "required" });
  const { features, head } = options;
  checkBijection("createClassifier.features", features);
  checkMembers("createClassifier.head", "a head such as pooledHead({ inputShape, classes, random })", head, [
    "logits",
    "inputShape",
    "classes",
    "parameters",
    "state",
  ]);
  const { outputShape } = features;
  if (outputShape.join() !== head.inputShape.join())
    fail(
      `createClassifier: ${features.name} -> ${head.name}`,
      `[${outputShape.join(", ")}]`,
      head.inputShape,
    );

  const within = <C extends Call>(call: C) => childCall(call, "features");
  const parameters = Object.freeze({
    ...prefixed("features", features.parameters),
    ...prefixed("head", head.parameters),
  });
  const state = Object.freeze({ ...prefixed("features", features.state), ...prefixed("head", head.state) });
  const inUse = (method: string) => checkInUse(`classifier.${method}`, "a classifier", { parameters, state });

  const evaluate = (method: string, x: Tensor, call: Call, result: (logits: Tensor) => Tensor): Tensor => {
    inUse(method);
    try {
      return tidy(() => result(head.logits(features.forward(x, within(call)), childCall(call, "head"))));
    } catch (error) {
      throw explainOutOfMemory(error, tooLarge(method, x));
    }
  };

  return Object.freeze({
    features,
    head,
    classes: head.classes,
    parameters,
    state,
    logits: (x, call = {}) => evaluate("logits", x, call, (logits) => logits),
    logProbs: (x, call = {}) => evaluate("logProbs", x, call, (logits) => logSoftmax(logits)),
    classify: (x, call = {}) =>
      evaluate("classify", x, call, (logits) => {
        const valid = cast(all(isFiniteElementwise(logits), 1), "int32");
        // The class where it is valid, and -1 elsewhere.
        return cast(sub(mul(add(argMax(logits), 1), valid), 1), "int32");
      }),
    async reconstruct(x, call = {}) {
      inUse("reconstruct");
      try {
        const z = features.forward(x, within(call));
        return await solveInverse(features, z, within(call)).finally(() => z.dispose());
      } catch (error) {
        throw explainOutOfMemory(error, tooLarge("reconstruct", x));
      }
    },
    async initialise(x, call = {}) {
      inUse("initialise");
      await initialise(features, x, within(call));
      if (head.starter === undefined) return;
      const z = features.forward(x, within(call));
      await head.starter.start(z, childCall(call, "head")).finally(() => dispose(z));
    },
    async refresh(options) {
      inUse("refresh");
      await refresh(features, options);
    },
    async certify() {
      inUse("certify");
      return certify(features, "features");
    },
    async enforce() {
      inUse("enforce");
      await enforce(features);
    },
    isFresh() {
      inUse("isFresh");
      return isFresh(features);
    },
  } satisfies Classifier);
}

const tooLarge = (method: string, x: Tensor) => ({
  where: `classifier.${method}`,
  examples: () => x.shape[0]!,
  remedy: "split them into several calls",
});

/**
 * Checks that a value is a classifier that can still be used.
 *
 * @throws ArgumentError unless the value is a classifier whose variables exist.
 */
export function checkClassifier(where: string, value: Classifier): void {
  checkMembers(where, "a classifier made by createClassifier", value, [
    "logits",
    "features",
    "head",
    "parameters",
  ]);
  checkInUse(where, "a classifier", value);
}

/** Frees every parameter and state variable of a classifier. The classifier cannot be used afterwards. */
export function disposeClassifier(classifier: Classifier): void {
  disposeModel(classifier);
}
