import { ShapeError, addN, dispose, fail, prefixed } from "@invertible/ops";
import type { NamedVariables, Tensor } from "@invertible/ops";
import type { Bijection, InverseEvidence, SolveContext, Solved, ValueContext } from "./bijection.ts";
import { childContext } from "./child-context.ts";
import { certifyParts, checkNothingShared, weakestTraits } from "./composite.ts";
import { defineBijection } from "./define-bijection.ts";
import { describe } from "./layer-type.ts";

/**
 * Composition: y = f_(n-1)( ... f_1(f_0(x))), log|det dy/dx| = sum of the parts' log-dets, each at its own input.
 *
 * Parameters and state are the parts' own under the prefixes "0.", "1.", ...; traits are the weakest of the parts', and
 * their biases add up.
 * `initialise` starts each part on the batch pushed through the parts before it.
 *
 * @throws ShapeError `chain: A -> B: expected [..], received [..]` where two neighbours do not fit.
 * @throws ArgumentError for an empty list, or for parts that share a variable.
 */
export function chain(parts: readonly Bijection[]): Bijection {
  const [first, last] = [parts[0], parts.at(-1)];
  if (first === undefined || last === undefined) fail("chain", "at least one part", "none");
  const own = [...parts];
  own.slice(1).forEach((to, i) => checkFits(own[i]!, to, i));
  const collect = (of: "parameters" | "state") =>
    Object.assign({}, ...own.map((part, i) => prefixed(String(i), part[of]))) as NamedVariables;
  const [parameters, state] = [collect("parameters"), collect("state")];
  checkNothingShared("chain", { ...parameters, ...state });

  const composed = defineBijection({
    name: "chain",
    inputShape: first.inputShape,
    outputShape: last.outputShape,
    traits: weakestTraits(own),
    parameters,
    state,
    config: { parts: own.map((part) => ({ ...describe(part) })) },
    forward(x, context) {
      const logDets: Tensor[] = [];
      let y = x;
      own.forEach((part, i) => {
        const result = part.forward(y, childContext(context, String(i)));
        y = result.y;
        if (result.logDet) logDets.push(result.logDet);
      });
      return { y, logDet: () => addN(logDets) };
    },
    inverse(y, context) {
      const logDets: Tensor[] = [];
      let x = y;
      for (const [i, part] of [...own.entries()].reverse()) {
        const result = part.inverse(x, childContext(context, String(i)));
        x = result.x;
        if (result.logDet) logDets.push(result.logDet);
      }
      return { x, logDet: () => addN(logDets) };
    },
    async solveInverse(y: Tensor, context: SolveContext): Promise<Solved> {
      const evidence: InverseEvidence[] = [];
      const x = await throughEach([...own.entries()].reverse(), y, async ([i, part], value) => {
        const solved = await part.solveInverse(value, childContext(context, String(i)));
        evidence.push(...solved.evidence);
        return solved.x;
      });
      return { x, evidence };
    },
    async initialise(x: Tensor, context: ValueContext): Promise<void> {
      const end = await throughEach([...own.entries()], x, async ([i, part], value) => {
        const child = childContext(context, String(i));
        await part.initialise(value, child);
        return part.forward(value, child).y;
      });
      dispose(end);
    },
    async refresh(options) {
      for (const part of own) await part.refresh(options);
    },
    certify: () =>
      certifyParts(
        own,
        own.map((_, i) => String(i)),
      ),
    async enforce() {
      for (const part of own) await part.enforce();
    },
  });
  partsOf.set(composed, Object.freeze(own));
  return composed;
}

const partsOf = new WeakMap<Bijection, readonly Bijection[]>();

/** The parts of a chain in forward order; any other bijection is its own one part. */
export function chainParts(bijection: Bijection): readonly Bijection[] {
  return partsOf.get(bijection) ?? [bijection];
}

/** Folds `step` over `items`, freeing every tensor in between, also when a step throws. Never frees `start`. */
async function throughEach<T>(
  items: readonly T[],
  start: Tensor,
  step: (item: T, value: Tensor) => Promise<Tensor>,
) {
  let value = start;
  for (const item of items) {
    const previous = value;
    try {
      value = await step(item, previous);
    } finally {
      if (previous !== start) dispose(previous);
    }
  }
  return value;
}

function checkFits(from: Bijection, to: Bijection, index: number): void {
  const [received, expected] = [from.outputShape, to.inputShape];
  if (received.length === expected.length && received.every((n, i) => n === expected[i])) return;
  throw new ShapeError(
    `chain: ${from.name} (${index}) -> ${to.name} (${index + 1}): ` +
      `expected [${expected.join(", ")}], received [${received.join(", ")}]`,
  );
}
