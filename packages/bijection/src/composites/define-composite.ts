import { fail } from "@invertible/errors";
import { addN, prefixed } from "@invertible/ops";
import type { JsonObject } from "@invertible/errors";
import type { NamedVariables, Shape, Tensor, Variable } from "@invertible/ops";
import type { Bijection, Part, Traits } from "../bijection.ts";
import type { Call } from "../call.ts";
import { childCall } from "../call.ts";
import { checkedBijection } from "../checked-bijection.ts";

/** What the author of a composite writes: its parts and how each is embedded. Everything else follows. */
export interface CompositeDefinition {
  readonly name: string;
  readonly inputShape: Shape;
  readonly outputShape: Shape;
  /** In forward order; at least one. */
  readonly parts: readonly Part[];
  readonly config: JsonObject;
  /** Only what differs from the weakest of the parts' traits. */
  readonly traits?: Partial<Traits>;
}

/**
 * Makes a composite: a value goes through the parts one after another, backwards in the inverse, and the log-dets add up.
 * Parameters and state have the prefixes of the parts' keys; traits are the weakest of the parts'. From the parts follow also
 * `solveInverse`, `initialise`, `refresh`, `certify` and `enforce`, and the trainer's memory-saving gradients.
 *
 * @throws ArgumentError for no parts, parts of one key, or parts that share a variable.
 */
export function defineComposite(definition: CompositeDefinition): Bijection {
  const { name, parts, traits } = definition;
  if (parts.length === 0) fail(name, "at least one part", "none");
  const keys = new Set<string>();
  const twice = parts.find(({ key }) => keys.size === keys.add(key).size)?.key;
  if (twice !== undefined) fail(name, "parts of different keys", twice);
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

/** The value after a part. Its log-det is computed, and added to the list, where there is one. */
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

/** The value before a part, from the one after it. */
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

/** An optimiser would update a variable of two names twice in one step. */
function checkNothingShared(where: string, variables: NamedVariables): void {
  const names = new Map<Variable, string>();
  for (const [name, variable] of Object.entries(variables)) {
    const other = names.get(variable);
    if (other !== undefined)
      fail(where, "parts that share no variable", `${other} and ${name}, which are one`);
    names.set(variable, name);
  }
}

// Each list goes from the strongest claim to the weakest.
const logDetKinds = ["exact", "unbiased", "biased"] as const;
const inverseKinds = ["analytic", "iterative", "none"] as const;
const likelihoodKinds = ["exact", "lower-bound"] as const;

/** What may be relied on where every part has to hold: the weakest of each trait, and the sum of the biases. */
function weakestTraits(parts: readonly Part[]): Traits {
  const all = parts.map(({ bijection: { traits }, direction }) =>
    // Run backwards, a part is inverted by its forward direction.
    direction === "inverse" ? { ...traits, inverse: "analytic" as const, levels: undefined } : traits,
  );
  const weakest = <K>(order: readonly K[], trait: (traits: Traits) => K): K =>
    order[Math.max(...all.map((traits) => order.indexOf(trait(traits))))]!;
  return {
    logDet: weakest(logDetKinds, (traits) => traits.logDet),
    logDetBias: all.reduce((sum, { logDetBias }) => sum + logDetBias, 0),
    inverse: weakest(inverseKinds, (traits) => traits.inverse),
    likelihood: weakest(likelihoodKinds, (traits) => traits.likelihood),
    // The first part takes the inputs, unless it sees only some of them.
    levels: parts[0]?.embedding ? undefined : all[0]?.levels,
  };
}
