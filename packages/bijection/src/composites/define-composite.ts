import { checkBijection } from "../check-bijection.ts";
import { fail } from "@invertible/errors";
import { addN, prefixed } from "@invertible/ops";
import type { JsonObject } from "@invertible/errors";
import type { NamedVariables, Shape, Tensor, Variable } from "@invertible/ops";
import type { Bijection, Part, Traits } from "../bijection.ts";
import type { Call } from "../call.ts";
import { childCall } from "../call.ts";
import { checkedBijection } from "../checked-bijection.ts";

/** What the author of a composite writes: its parts and how each is embedded. Everything else follows from these. */
export interface CompositeDefinition {
  /** Name of the composite's type, the same as its factory's: "chain". */
  readonly name: string;
  /** Shape of one input, without the batch axis. */
  readonly inputShape: Shape;
  /** Shape of one output, without the batch axis. */
  readonly outputShape: Shape;
  /** The children in forward order; at least one. */
  readonly parts: readonly Part[];
  /** The JSON from which the composite's layer type rebuilds it. It usually contains `describeLayer(part)` of each part. */
  readonly config: JsonObject;
  /** Traits that differ from the default, which is the weakest of each trait among the parts. */
  readonly traits?: Partial<Traits>;
}

/**
 * Makes a composite, that is a bijection made of other bijections. A value goes through the parts one after another, and in the
 * opposite order in the inverse; the log-dets add up. Parameters and state are those of the parts, prefixed by their keys. Each
 * trait is the weakest among the parts.
 *
 * Because the parts are declared, `solveInverse`, `initialise`, `refresh`, `certify`, `enforce` and the trainer's memory-saving
 * gradients work on every composite without further code.
 *
 * @throws ArgumentError for no parts, for two parts of the same key, or for parts that share a variable.
 */
export function defineComposite(definition: CompositeDefinition): Bijection {
  const { name, parts, traits } = definition;
  if (parts.length === 0) fail(name, "at least one part", "none");
  const keys = new Set<string>();
  const twice = parts.find(({ key }) => keys.size === keys.add(key).size)?.key;
  if (twice !== undefined) fail(name, "parts of different keys", twice);
  for (const { key, bijection } of parts) checkBijection(`${name}: part ${key}`, bijection);
  const parameters = collected(parts, "parameters");
  const state = collected(parts, "state");
  checkNothingShared(name, { ...parameters, ...state });

  return checkedBijection(
    { ...definition, parameters, state },
    {
      forward: (x, call) => parts.reduce((value, part) => stepForward(part, value, call), x),
      forwardAndLogDet(x, call) {
        const logDets: Tensor[] = [];
        const value = parts.reduce((v, part) => stepForward(part, v, call, logDets), x);
        return { value, logDet: () => addN(logDets) };
      },
      inverse: (y, call) => parts.reduceRight((value, part) => stepBack(part, value, call), y),
      inverseAndLogDet(y, call) {
        const logDets: Tensor[] = [];
        const value = parts.reduceRight((v, part) => stepBack(part, v, call, logDets), y);
        return { value, logDet: () => addN(logDets) };
      },
    },
    { traits: { ...weakestTraits(parts), ...traits }, parts },
  );
}

/** The value after a part. If a list of log-dets is given, the part's log-det is computed and added to it. */
function stepForward(
  { key, bijection, direction, embedding }: Part,
  v: Tensor,
  call: Call,
  logDets?: Tensor[],
): Tensor {
  const input = embedding ? embedding.take(v) : v;
  const result = run(bijection, direction ?? "forward", input, childCall(call, key), logDets);
  return embedding ? embedding.put(v, result) : result;
}

/** The value before a part, from the value after it. Log-dets are collected as in `stepForward`. */
function stepBack(
  { key, bijection, direction, embedding }: Part,
  w: Tensor,
  call: Call,
  logDets?: Tensor[],
): Tensor {
  const result = embedding ? embedding.takeResult(w) : w;
  const opposite = direction === "inverse" ? "forward" : "inverse";
  const input = run(bijection, opposite, result, childCall(call, key), logDets);
  return embedding ? embedding.putBack(w, input) : input;
}

function run(
  bijection: Bijection,
  direction: "forward" | "inverse",
  input: Tensor,
  call: Call,
  logDets: Tensor[] | undefined,
): Tensor {
  if (logDets === undefined) return bijection[direction](input, call);
  const both =
    direction === "forward"
      ? { ...bijection.forwardAndLogDet(input, call), x: input }
      : { ...bijection.inverseAndLogDet(input, call), y: input };
  logDets.push(both.logDet);
  return direction === "forward" ? both.y : both.x;
}

function collected(parts: readonly Part[], of: "parameters" | "state"): NamedVariables {
  return Object.fromEntries(
    parts.flatMap(({ key, bijection }) => Object.entries(prefixed(key, bijection[of]))),
  );
}

/** Rejects a variable that has two names: an optimiser would update it twice in one step. */
function checkNothingShared(where: string, variables: NamedVariables): void {
  const names = new Map<Variable, string>();
  for (const [name, variable] of Object.entries(variables)) {
    const other = names.get(variable);
    if (other !== undefined)
      fail(where, "parts that share no variable", `${other} and ${name}, which are one`);
    names.set(variable, name);
  }
}

// Each list is ordered from the strongest claim to the weakest.
const logDetKinds = ["exact", "unbiased", "biased", "none"] as const;
const inverseKinds = ["analytic", "iterative", "none"] as const;
const likelihoodKinds = ["exact", "lower-bound"] as const;

/** The traits that hold for a composite of these parts: the weakest of each trait, and the sum of the biases. */
function weakestTraits(parts: readonly Part[]): Traits {
  const all = parts.map(({ bijection: { traits }, direction }) =>
    // A part that runs backwards is inverted by its forward direction, which needs no solver.
    direction === "inverse" ? { ...traits, inverse: "analytic" as const, levels: undefined } : traits,
  );
  const weakest = <K>(order: readonly K[], trait: (traits: Traits) => K): K =>
    order[Math.max(...all.map((traits) => order.indexOf(trait(traits))))]!;
  const logDet = weakest(logDetKinds, (traits) => traits.logDet);
  return {
    logDet,
    logDetBias: logDet === "none" ? 0 : all.reduce((sum, { logDetBias }) => sum + logDetBias, 0),
    inverse: weakest(inverseKinds, (traits) => traits.inverse),
    likelihood: weakest(likelihoodKinds, (traits) => traits.likelihood),
    trainingMap: all.find(({ trainingMap }) => trainingMap)?.trainingMap,
    // The first part takes the composite's inputs as they are, unless its embedding takes out only some of them.
    levels: parts[0]?.embedding ? undefined : all[0]?.levels,
  };
}
