import { childCall } from "@invertible/bijection";
import type { Bijection, Call, RefreshOptions } from "@invertible/bijection";
import { checkMembers, fail } from "@invertible/errors";
import type { Json, JsonObject } from "@invertible/errors";
import { checkBatch } from "@invertible/ops";
import type { NamedVariables, Tensor } from "@invertible/ops";
import type { ExampleSet } from "../data/example-set.ts";

/** What training changes: a flow, a classifier, or an objective with the variables of several. */
export interface TrainedModel {
  /** The variables that training changes, by name. */
  readonly parameters: NamedVariables;
  /** The variables that are saved but not trained. */
  readonly state: NamedVariables;
  /** Brings the state that follows the weights up to date. */
  refresh(options?: RefreshOptions): Promise<void>;
}

/** What a term of an objective may depend on, beside the result of the trunk. */
export interface TermContext {
  /** Random key, condition and mode of the evaluation. */
  readonly call: Call;
  /** What the data set gives for each example, [B, ...], such as its class as a one-hot row. */
  readonly target?: Tensor | undefined;
}

/**
 * What training minimises: the batch mean of a weighted sum of terms,
 *
 *     loss = mean_b sum_t weights[t] terms_t(f(x_b)),
 *
 * where the trunk f is a bijection. A term is a number for each example. The term "logDet" is log|det df/dx| of the trunk; it is computed
 * only if `weights` names it. All other terms follow from z = f(x). A term of weight 0 is reported, and trains nothing.
 *
 * Write one of your own to train on another loss: every event, checkpoint, engine and gradient mode of `train` works with it.
 */
export interface Objective<Term extends string = string> extends TrainedModel {
  /** Name of the objective, the same as its factory's: "maximumLikelihood". */
  readonly name: string;
  /** What it was made with, beside the model. Checkpoints record it, and a run resumes only with the same. */
  readonly config: JsonObject;
  /** The architecture of the model as JSON. Checkpoints record it likewise. */
  readonly architecture: () => Json;
  /** The bijection f that examples go through first. Its variables are among those of the objective. */
  readonly trunk: Bijection;
  /** Where the trunk stands in the model. The names of its variables begin with it: "bijection". */
  readonly trunkKey: string;
  /** The weight of each term in the loss. The order of the terms is that of the report. */
  readonly weights: Readonly<Record<Term, number>>;
  /** Computes every term but "logDet", each [B], from z = f(x), [B, ...trunk.outputShape]. Called inside a `tidy`. */
  terms(z: Tensor, context: TermContext): Readonly<Record<Exclude<Term, "logDet">, Tensor>>;
  /** The data-dependent start of what stands behind the trunk, from z = f(x) of a first batch, after that of the trunk. */
  start?(z: Tensor, call: Call): Promise<void>;
  /** @throws ArgumentError or ShapeError for data that lack what the terms need, such as targets. `where` names the data set. */
  checkData?(where: string, data: ExampleSet): void;
}

/** The names of the terms, in the order of the report. */
export function termNames<Term extends string>({ weights }: Pick<Objective<Term>, "weights">): Term[] {
  return Object.keys(weights) as Term[];
}

/** The weight of the trunk's log-det. Undefined where the objective does not contain it, so that nobody computes it. */
export function logDetWeight({ weights }: Pick<Objective, "weights">): number | undefined {
  return weights["logDet"];
}

/** Evaluates all terms of a batch, each [B], in the order of the report. Called inside a `tidy`. */
export function evaluateTerms(objective: Objective, x: Tensor, context: TermContext): Tensor[] {
  const { trunk, trunkKey } = objective;
  const call = childCall(context.call, trunkKey);
  if (logDetWeight(objective) === undefined) return inOrder(objective, trunk.forward(x, call), context);
  const { y: z, logDet } = trunk.forwardAndLogDet(x, call);
  return inOrder(objective, z, context, logDet);
}

/** The terms that follow from z, and the log-det where the objective contains it, in the order of the report. */
export function inOrder(objective: Objective, z: Tensor, context: TermContext, logDet?: Tensor): Tensor[] {
  const terms: Readonly<Record<string, Tensor>> = objective.terms(z, context);
  const all: Readonly<Record<string, Tensor>> = logDet ? { ...terms, logDet } : terms;
  const names = termNames(objective);
  const stray = Object.keys(all).find((name) => !names.includes(name));
  if (stray !== undefined) fail(`${objective.name}.terms`, `only ${names.join(", ")}`, stray);
  return names.map((name) => {
    const term = all[name] ?? fail(`${objective.name}.terms`, `a term ${name} as in its weights`, "none");
    checkBatch(`${objective.name}.terms ${name}`, term, []);
    return term;
  });
}

/** @throws ArgumentError for anything but an objective. */
export function checkObjective(where: string, value: unknown): void {
  checkMembers(where, "an objective such as maximumLikelihood(flow)", value, [
    "name",
    "config",
    "parameters",
    "state",
    "refresh",
    "architecture",
    "trunk",
    "trunkKey",
    "weights",
    "terms",
  ]);
  const { weights } = value as Objective;
  for (const [term, weight] of Object.entries(weights))
    if (!Number.isFinite(weight)) fail(`${where}.weights.${term}`, "a finite number", weight);
}
