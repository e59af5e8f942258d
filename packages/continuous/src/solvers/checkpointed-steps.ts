import { UnsupportedError } from "@invertible/errors";
import {
  add,
  clone,
  defineOp,
  dispose,
  mul,
  reshape,
  scalar,
  slice,
  stack,
  sum,
  tidy,
  valueAndGradients,
  withoutGradient,
  zerosLike,
} from "@invertible/ops";
import type { Attributes, Shape, Tensor, Variable } from "@invertible/ops";
import type { GridSolution, StepConstants } from "./grid-solution.ts";
import { pack, unpack } from "./packing.ts";
import { tidied } from "./tidied.ts";

/** Steps to be made one after another. */
export interface CheckpointedProblem {
  /** Makes step k from z. Whatever it depends on is a parameter or among the constants. */
  step(k: number, z: Tensor, constants: StepConstants): GridSolution;
  readonly steps: number;
  readonly z: Tensor;
  readonly condition: Tensor | undefined;
  /** Vectors of the trace. They get no gradient. */
  readonly vectors: Tensor | undefined;
  readonly parameters: readonly Variable[];
}

/**
 * Makes all steps without recording them, and keeps z at the start of each. The backward pass goes through the steps from the
 * last to the first: it computes one step again, with recording, and takes the gradient through it.
 *
 * The memory is that of one recorded step and of `steps` values of z. The time is that of one more pass through all steps. The
 * gradients are those of recording everything, up to rounding. A second derivative is an UnsupportedError.
 *
 * @see Chen et al. (2016), Training deep nets with sublinear memory cost, arXiv:1604.06174
 */
export function checkpointedSteps(problem: CheckpointedProblem): GridSolution {
  const { step, steps, z, condition, vectors, parameters } = problem;
  const { result, states } = withoutGradient(() => {
    const states: Tensor[] = [];
    let state: GridSolution = { z };
    for (let k = 0; k < steps; k++) {
      states.push(state.z);
      const before = state;
      state = tidied(() => following(before, step(k, before.z, { condition, vectors })));
    }
    const { z: last, logDet } = state;
    return { result: pack(logDet ? [last, logDet] : [last]), states: stack(states) };
  });
  // Everything that gets a gradient goes in as one row, because an operation computes the gradient of each input on its own.
  const inputs = pack([z, ...parameters, ...(condition ? [condition] : [])]);
  const outShapes = vectors ? [z.shape, [z.shape[0]!]] : [z.shape];
  const backward: Backward = (dy, inputs, states, vectors) => {
    const shapes = [z.shape, ...parameters.map(({ shape }) => shape)];
    const own = condition ? unpack(inputs, [...shapes, condition.shape]).at(-1) : undefined;
    return backwardSteps(problem, unpack(dy, outShapes), states, { condition: own, vectors });
  };
  const row = checkpointed(
    { inputs, result, states, vectors: vectors ?? scalar(0) },
    carry(backward, vectors !== undefined),
  );
  const [last, logDet] = unpack(row, outShapes);
  return { z: last!, ...(logDet && { logDet }) };
}

function following(before: GridSolution, { z, logDet }: GridSolution): GridSolution {
  if (logDet === undefined) return { z };
  return { z, logDet: before.logDet ? add(before.logDet, logDet) : logDet };
}

/** The gradients of z, the parameters and the condition, packed, for those of the results. */
function backwardSteps(
  { step, steps, parameters }: CheckpointedProblem,
  [dz, dLogDet]: readonly Tensor[],
  states: Tensor,
  constants: StepConstants,
): Tensor {
  const { condition } = constants;
  const rest: Tensor[] = [...parameters, ...(condition ? [condition] : [])];
  const shape: Shape = states.shape.slice(1);
  let totals = [dz!, ...rest.map((each) => zerosLike(each))];
  for (let k = steps - 1; k >= 0; k--) {
    const [adjoint, ...sums] = totals;
    totals = tidy(() => {
      const z = reshape(slice(states, [k, ...shape.map(() => 0)], [1, ...shape]), [...shape]) as Tensor;
      const { gradients } = valueAndGradients(() => {
        const next = step(k, z, constants);
        const ofZ = sum(mul(next.z, adjoint!));
        return dLogDet && next.logDet ? add(ofZ, sum(mul(next.logDet, dLogDet))) : ofZ;
      }, [z, ...rest]);
      const [before, ...own] = gradients;
      return [before!, ...own.map((gradient, i) => add(sums[i]!, gradient))];
    });
    dispose([adjoint!, ...sums]);
  }
  return pack(totals);
}

type Backward = (dy: Tensor, inputs: Tensor, states: Tensor, vectors: Tensor | undefined) => Tensor;

/** Attributes reach the gradient function as they were given, whatever they are. */
const carry = (backward: Backward, hasVectors: boolean) =>
  ({ backward, hasVectors }) as unknown as Attributes;

const checkpointed = defineOp(["inputs", "result", "states", "vectors"], {
  name: "InvertibleCheckpointedSteps",
  forward: ({ result }) => clone(result),
  gradient: (dy, { inputs, result, states, vectors }, attributes) => ({
    inputs: () =>
      tidy(() => {
        const { backward, hasVectors } = attributes as unknown as { backward: Backward; hasVectors: boolean };
        const gradient = withoutGradient(() =>
          backward(dy, inputs, states, hasVectors ? vectors : undefined),
        );
        return firstOrder({ dy, inputs, gradient });
      }),
    result: () => zerosLike(result),
    states: () => zerosLike(states),
    vectors: () => zerosLike(vectors),
  }),
});

/** The gradient, which is a constant, and an error where someone asks for its derivative. */
const firstOrder = defineOp(["dy", "inputs", "gradient"], {
  name: "InvertibleCheckpointedGradient",
  forward: ({ gradient }) => clone(gradient),
  gradient() {
    throw new UnsupportedError(
      'continuousBlock: expected a first derivative, received a second; use gradient: "whole"',
    );
  },
});
