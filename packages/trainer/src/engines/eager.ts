import {
  clone,
  concat,
  dispose,
  div,
  keep,
  minimum,
  mul,
  reshape,
  scalar,
  sqrt,
  square,
  sum,
  tidy,
  watchVariables,
  zeros,
} from "@invertible/ops";
import type { Tensor, Variable } from "@invertible/ops";
import { addGradients, batchGradient, disposeGradient, meanGradient } from "../gradients/batch-gradient.ts";
import type { BatchGradient } from "../gradients/batch-gradient.ts";
import { microBatches } from "../gradients/micro-batches.ts";
import { parameterLayout } from "../optimizers/parameter-layout.ts";
import type { Carried, Engine, SplitState, StepRequest, Training } from "./engine.ts";

/** The engine that runs each operation of a step on the active backend of TensorFlow.js. */
export interface EagerEngine extends Engine {
  start(training: Training): SplitState;
}

/** Makes the engine that runs each operation of a step on the active backend of TensorFlow.js. It is the default of `train`. */
export function eager(): EagerEngine {
  return Object.freeze({ name: "eager", prepare: () => Promise.resolve({}), start: startEagerly });
}

/** Makes the state of a training. It owns the slots of the optimiser and a flat copy of the parameters. */
function startEagerly(training: Training): SplitState {
  const { objective, optimizer, clipNorm, averaging, backward, microBatchSize, refresh } = training;
  const layout = parameterLayout(objective.parameters);
  const states = Object.values<Variable>(objective.state);
  let vectors = tidy(() => ({
    parameters: keep(layout.flatten(layout.variables)),
    slots: optimizer.slots.map(() => keep(zeros([layout.size]))),
  }));
  let unchanged = watchVariables(layout.variables);

  const replace = ({ parameters, slots }: Pick<Carried, "parameters" | "slots">) => {
    dispose(vectors);
    vectors = { parameters, slots: [...slots] };
  };
  /** Updates the flat copy if someone else has set a variable since the last step. */
  const follow = () => {
    if (unchanged()) return;
    const parameters = tidy(() => keep(layout.flatten(layout.variables)));
    dispose(vectors.parameters);
    vectors = { ...vectors, parameters };
  };
  const assign = () => {
    tidy(() => layout.assign(vectors.parameters));
    unchanged = watchVariables(layout.variables);
  };
  const adopt = (carried: Carried) => {
    replace(carried);
    assign();
    averaging?.replace(carried.average);
    states.forEach((state, i) => {
      const value = carried.states?.[i] ?? state;
      // New storage for the state too, which tells the layers that it belongs to the weights put back beside it.
      tidy(() => state.assign(state.dtype === "float32" ? mul(value, 1) : value));
    });
    dispose([...(carried.states ?? [])]);
  };

  const gradient = ({ batch, target, call }: Omit<StepRequest, "scalars">) =>
    batchGradient({ objective, layout, batch, target, call, backward });
  const update = (
    { means, gradient: flat, states: next }: BatchGradient,
    scalars: StepRequest["scalars"],
  ): Tensor => {
    follow();
    const { report, updated } = tidy(() => {
      const norm = sqrt(sum(square(flat)));
      const clipped = clipNorm === undefined ? flat : mul(flat, minimum(1, div(clipNorm, norm)));
      const { parameters, slots } = optimizer.update({
        ...vectors,
        gradient: clipped,
        scalars: asTensors(scalars),
      });
      return {
        report: concat([means, reshape(norm, [1])]),
        updated: { parameters, slots: [...slots] },
      };
    });
    replace(updated);
    assign();
    for (const [name, value] of Object.entries(next)) objective.state[name]!.assign(value);
    averaging?.update(vectors.parameters);
    return report;
  };

  return {
    layout,
    get carried() {
      follow();
      return { ...vectors, average: averaging?.vector, states };
    },
    begin() {
      follow();
      averaging?.replace(clone(vectors.parameters));
    },
    gradient,
    update,
    async step({ scalars, ...examples }) {
      let [sums, count] = [undefined as BatchGradient | undefined, 0];
      try {
        for (const part of microBatches(examples, microBatchSize)) {
          const own = await gradient(part);
          sums = sums ? addGradients(sums, own) : own;
          count++;
        }
      } catch (error) {
        if (sums) disposeGradient(sums);
        throw error;
      }
      const mean = meanGradient(sums!, count);
      try {
        return update(mean, scalars);
      } finally {
        disposeGradient(mean);
      }
    },
    refresh: () => objective.refresh(refresh),
    snapshot() {
      follow();
      const saved = tidy(() => ({
        parameters: clone(vectors.parameters),
        slots: vectors.slots.map((slot) => clone(slot)),
        ...(averaging?.vector && { average: clone(averaging.vector) }),
        states: states.map((state) => clone(state)),
      }));
      return Promise.resolve({
        restore: () => adopt(tidy(() => copyOf(saved))),
        dispose: () => dispose(saved),
      });
    },
    sync: () => Promise.resolve(),
    adopt,
    dispose: () => dispose(vectors),
  };
}

/** Tensors of their own on the same numbers. */
function copyOf({ parameters, slots, average, states }: Carried) {
  return {
    parameters: clone(parameters),
    slots: slots.map((slot) => clone(slot)),
    ...(average && { average: clone(average) }),
    ...(states && { states: states.map((state) => clone(state)) }),
  };
}

function asTensors(scalars: Readonly<Record<string, number | Tensor>>): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(scalars).map(([name, value]) => [name, typeof value === "number" ? scalar(value) : value]),
  );
}
