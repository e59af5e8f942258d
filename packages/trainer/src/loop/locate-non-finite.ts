import { placeOf } from "@invertible/bijection";
import { NonFiniteError } from "@invertible/errors";
import { all, clone, dispose, isFiniteElementwise, keep, tidy } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import type { Call, Observation } from "@invertible/bijection";
import type { Backward } from "../gradients/backward.ts";
import { microBatches } from "../gradients/micro-batches.ts";
import { objectiveGradients } from "../gradients/objective-gradients.ts";
import { evaluateTerms, termNames } from "../objectives/objective.ts";
import type { Objective } from "../objectives/objective.ts";
import { parameterLayout } from "../optimizers/parameter-layout.ts";

/** Which evaluation `locateNonFinite` repeats. */
export interface LocateRequest {
  /** Begins the message: "train step 12". */
  readonly where: string;
  /** What was evaluated. */
  readonly objective: Objective;
  /** The examples, [B, ...]. */
  readonly batch: Tensor;
  /** What the objective compares their results with. */
  readonly target?: Tensor | undefined;
  /** The index in the data of each row of the batch. */
  readonly examples: ArrayLike<number>;
  /** Random key, condition and mode of the evaluation. */
  readonly call: Call;
  /** How gradients are computed. Without it, only values are checked. */
  readonly backward?: Backward;
  /** Number of examples that were evaluated at a time. Default: all. */
  readonly microBatchSize?: number;
}

/**
 * Finds where NaN or infinity appeared first in a batch that is known to have failed. It evaluates the batch again and checks
 * every intermediate result. The error names the first that is not finite: a parameter or state variable; then, in order of
 * evaluation, layer, direction and tensor; then a term of the objective; then a gradient.
 *
 * This is slow, and meant for the rare case of a failure.
 */
export async function locateNonFinite(request: LocateRequest): Promise<NonFiniteError> {
  const { where, objective, backward } = request;
  const variable = await firstNonFinite({ ...objective.parameters, ...objective.state });
  if (variable !== undefined) {
    const kind = Object.hasOwn(objective.parameters, variable) ? "parameter" : "state";
    return new NonFiniteError(
      `${where}: expected finite numbers, received ${kind} ${JSON.stringify(variable)} that is not`,
    );
  }
  for (const part of microBatches(request, request.microBatchSize ?? Infinity)) {
    const found = await locateInPart({ ...request, ...part });
    if (found) return found;
  }
  return new NonFiniteError(
    backward === undefined
      ? `${where}: expected finite log-probabilities; they are when evaluated again`
      : `${where}: expected a gradient norm below 1.8e19 (the square root of float32's largest), received more`,
  );
}

/** A micro-batch of the evaluation to repeat. */
interface PartRequest extends LocateRequest {
  /** Which row of the whole batch is its first. */
  readonly firstRow: number;
}

/** Looks for the first result or gradient of a micro-batch that is not finite. */
async function locateInPart(request: PartRequest): Promise<NonFiniteError | undefined> {
  const { where, objective, backward } = request;
  const inForward = await locateObserved(request, observeForward);
  if (inForward || backward === undefined) return inForward;

  const layout = parameterLayout(objective.parameters);
  const gradientsOf = (call: Call) =>
    objectiveGradients({ ...request, variables: layout.variables, call, backward });
  if (backward === "reversible") {
    const inInverse = await locateObserved(request, async ({ call }, observe) => {
      const { means, gradients } = await gradientsOf({ ...call, trace: { path: "", observe } });
      dispose([means, ...gradients]);
    });
    if (inInverse) return inInverse;
  }
  const { means, gradients } = await gradientsOf(request.call);
  try {
    const name = await firstNonFinite(
      Object.fromEntries(layout.entries.map((entry, i) => [entry.name, gradients[i]!])),
    );
    return name === undefined
      ? undefined
      : new NonFiniteError(
          `${where}: expected finite gradients, received the gradient of parameter ${JSON.stringify(name)} that is not, ` +
            `though every value in the forward direction is finite`,
        );
  } finally {
    dispose([means, ...gradients]);
  }
}

/** Evaluates a batch, and reports every result in order. */
type Observed = (request: PartRequest, observe: (observation: Observation) => void) => Promise<void>;

async function locateObserved(request: PartRequest, evaluate: Observed): Promise<NonFiniteError | undefined> {
  const { where } = request;
  // The first run keeps one flag for each result, the second only the result that is asked for, so memory stays small.
  const seen: Omit<Observation, "value">[] = [];
  const flags: Tensor[] = [];
  try {
    await evaluate(request, ({ value, ...rest }) => {
      seen.push(rest);
      flags.push(tidy(() => keep(all(isFiniteElementwise(value)))));
    });
    const finite = await Promise.all(flags.map((flag) => flag.data()));
    const index = finite.findIndex((flag) => flag[0] === 0);
    if (index < 0) return undefined;
    const { path, layer, direction, tensor } = seen[index]!;
    const what =
      layer === "" ? `the term "${path}"` : `tensor "${tensor}" of ${placeOf(layer, path)}, ${direction}`;
    const found = await describeResult(request, evaluate, index);
    return new NonFiniteError(`${where}: expected finite numbers, received ${found} first in ${what}`);
  } finally {
    dispose(flags);
  }
}

/** Describes a result: "NaN in row 3 of the batch (example 812)". */
async function describeResult(request: PartRequest, evaluate: Observed, index: number): Promise<string> {
  let [count, found] = [0, undefined as Tensor | undefined];
  try {
    await evaluate(request, ({ value }) => {
      if (count++ === index) found = tidy(() => keep(clone(value)));
    });
    const values = await found!.data();
    const at = values.findIndex((value) => !Number.isFinite(value));
    const row = request.firstRow + Math.floor(at / (values.length / request.batch.shape[0]!));
    return `${values[at]} in row ${row} of the batch (example ${request.examples[row]})`;
  } finally {
    dispose(found ?? []);
  }
}

/** Reports the results of every layer in order of evaluation, and then the terms of the objective as layer "". */
const observeForward: Observed = ({ objective, batch, call, target }, observe) => {
  tidy(() => {
    const terms = evaluateTerms(objective, batch, {
      call: { ...call, trace: { path: "", observe } },
      target,
    });
    termNames(objective).forEach((path, i) =>
      observe({ path, layer: "", direction: "forward", tensor: "y", value: terms[i]! }),
    );
  });
  return Promise.resolve();
};

/** The name of the first tensor that holds NaN or infinity. */
export async function firstNonFinite(tensors: Readonly<Record<string, Tensor>>): Promise<string | undefined> {
  const names = Object.keys(tensors);
  // bool and int32 variables are always finite, and the kernel takes floats only.
  const floats = names.filter((name) => tensors[name]!.dtype === "float32" && tensors[name]!.size > 0);
  const flags = tidy(() => floats.map((name) => all(isFiniteElementwise(tensors[name]!))));
  try {
    const finite = await Promise.all(flags.map((flag) => flag.data()));
    return floats.find((_, i) => finite[i]![0] === 0);
  } finally {
    dispose(flags);
  }
}
