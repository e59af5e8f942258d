import type { Bijection, Part } from "@invertible/bijection";
import { checkOptions } from "@invertible/errors";
import { add, checkBatch, dispose, tidy, zeros } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import { isContinuous } from "./integration.ts";
import type { IntegrationCall, IntegrationEvidence } from "./integration.ts";

/** What `solveForward` gives. The caller frees the tensors. */
export interface SolvedForward {
  /** f(x), [B, ...outputShape]. */
  readonly y: Tensor;
  /** log|det dy/dx| [B] in nats. */
  readonly logDet: Tensor;
  /** One entry for each continuous block, in the order in which they ran. */
  readonly evidence: readonly IntegrationEvidence[];
}

/**
 * Evaluates a bijection with every continuous block integrated to a tolerance, by dopri5 with step control. Says for each how
 * often f was evaluated and how large the error is. All other layers compute what they always do. Numbers are read
 * asynchronously to choose the steps, so the result cannot be differentiated or recorded.
 *
 * Use it for densities whose error is known, and to see whether the steps of a block suffice:
 *
 *     const { y, logDet, evidence } = await solveForward(flow.bijection, x, { random });
 *     const logProb = add(flow.base.logProb(y), logDet);
 *
 * @throws ArgumentError for an unknown option and one that is out of range.
 * @throws ShapeError for a wrong batch.
 * @throws NotConvergedError where a block needs more than `maxSteps`, or a tolerance is below what float32 can hold.
 * @throws NonFiniteError where a state becomes NaN or infinite.
 */
export async function solveForward(
  bijection: Bijection,
  x: Tensor,
  call: IntegrationCall = {},
): Promise<SolvedForward> {
  checkOptions("solveForward", call, {
    random: "optional",
    training: "optional",
    condition: "optional",
    relativeTolerance: "optional",
    absoluteTolerance: "optional",
    maxSteps: "optional",
  });
  checkBatch("solveForward x", x, bijection.inputShape);
  const { value, logDet, evidence } = await solve(bijection, "forward", x, { call, path: "" });
  return { y: value, logDet, evidence };
}

type Direction = "forward" | "inverse";

/** The call of one layer, and its place in the model. */
interface Placed {
  readonly call: IntegrationCall;
  readonly path: string;
}

interface Solved {
  readonly value: Tensor;
  readonly logDet: Tensor;
  readonly evidence: readonly IntegrationEvidence[];
}

async function solve(bijection: Bijection, direction: Direction, x: Tensor, placed: Placed): Promise<Solved> {
  if (isContinuous(bijection)) {
    const { evidence, ...result } = await bijection.integrate(
      { direction, path: placed.path },
      x,
      placed.call,
    );
    return { ...result, evidence: [evidence] };
  }
  if (bijection.parts.length === 0) return evaluate(bijection, direction, x, placed);
  const parts = direction === "forward" ? bijection.parts : [...bijection.parts].reverse();
  const evidence: IntegrationEvidence[] = [];
  let state = tidy(() => ({ value: x, logDet: zeros([x.shape[0]!]) }));
  const free = ({ value, logDet }: typeof state) => dispose(value === x ? [logDet] : [value, logDet]);
  try {
    for (const part of parts) {
      const result = await solvePart(part, direction, state.value, placed);
      const before = state;
      state = tidy(() => ({ value: result.value, logDet: add(before.logDet, result.logDet) }));
      dispose(result.logDet);
      free(before);
      evidence.push(...result.evidence);
    }
    return { ...state, evidence };
  } catch (error) {
    free(state);
    throw error;
  }
}

/** One part of a composite: takes its input out of the value, and puts the result in its place. */
async function solvePart(part: Part, direction: Direction, value: Tensor, placed: Placed): Promise<Solved> {
  const { key, bijection, embedding } = part;
  const own = part.direction === "inverse" ? opposite(direction) : direction;
  if (!embedding) return solve(bijection, own, value, partOf(placed, key));
  const input = tidy(() => (direction === "forward" ? embedding.take(value) : embedding.takeResult(value)));
  try {
    const { value: result, ...rest } = await solve(bijection, own, input, partOf(placed, key));
    const whole = tidy(() =>
      direction === "forward" ? embedding.put(value, result) : embedding.putBack(value, result),
    );
    dispose(result);
    return { ...rest, value: whole };
  } finally {
    dispose(input);
  }
}

function evaluate(bijection: Bijection, direction: Direction, x: Tensor, { call, path }: Placed): Solved {
  const { relativeTolerance: _, absoluteTolerance: __, maxSteps: ___, ...rest } = call;
  const given = { ...rest, trace: { path } };
  if (direction === "inverse") {
    const { x: value, logDet } = bijection.inverseAndLogDet(x, given);
    return { value, logDet, evidence: [] };
  }
  const { y: value, logDet } = bijection.forwardAndLogDet(x, given);
  return { value, logDet, evidence: [] };
}

/** The same key and path that a composite hands to its part, so that both give the same random numbers. */
function partOf({ call, path }: Placed, key: string): Placed {
  const { random, ...rest } = call;
  return {
    call: { ...rest, ...(random && { random: random.fold(key) }) },
    path: path === "" ? key : `${path}.${key}`,
  };
}

function opposite(direction: Direction): Direction {
  return direction === "forward" ? "inverse" : "forward";
}
