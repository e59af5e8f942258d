import {
  clone,
  concat,
  dispose,
  div,
  keep,
  minimum,
  mul,
  reshape,
  sqrt,
  square,
  sum,
  tensor,
  tidy,
  watchVariables,
  zeros,
} from "@invertible/ops";
import type { Call } from "@invertible/bijection";
import type { Tensor, Variable } from "@invertible/ops";
import type { Flow } from "@invertible/flow";
import type { Backward } from "../gradients/backward.ts";
import { likelihoodGradients } from "../gradients/likelihood-gradients.ts";
import type { Optimizer } from "../optimizers/optimizer.ts";
import type { ParameterAverage } from "../optimizers/parameter-average.ts";
import { parameterLayout } from "../optimizers/parameter-layout.ts";
import type { ParameterLayout } from "../optimizers/parameter-layout.ts";

/** The flat vectors that training changes. They are a few tensors, however many layers there are. */
export interface TrainingVectors {
  readonly parameters: Tensor;
  readonly slots: readonly Tensor[];
}

/** A copy of everything that a step changes, to go back to. */
export interface Snapshot {
  restore(): void;
  dispose(): void;
}

/** Everything that training changes, and the step that changes it. */
export interface TrainingState {
  /** Where each parameter lies in the flat vectors. */
  readonly layout: ParameterLayout;
  /** The present parameters and slots of the optimiser. */
  readonly vectors: TrainingVectors;
  /** Takes the present parameters of the flow as the starting point, also of the average. */
  begin(): void;
  /**
   * Makes one step: gradient, clipping, update, average. Nothing is read back, except by iterative inverses where the backward
   * pass is "reversible".
   *
   * @returns the numbers to report, [3]: mean log-det, mean base log-probability, gradient norm. They are finite if and only if
   * the loss and every gradient are, and the norm does not overflow float32.
   */
  step(request: StepRequest): Promise<Tensor>;
  /** Copies the state to go back to. `withState` also copies the layers' state, which `refresh` changes. */
  snapshot(options: { withState: boolean }): Snapshot;
  /** Sets the slots of the optimiser. */
  replaceSlots(slots: readonly Float32Array[]): void;
  /** Frees the vectors. */
  dispose(): void;
}

/** What one step is made with. */
export interface StepRequest {
  readonly batch: Tensor;
  readonly call: Call;
  readonly step: number;
  readonly learningRate: number;
}

/** Makes the state of a training. It owns the slots of the optimiser and a flat copy of the parameters. */
export function createTrainingState(options: {
  flow: Flow;
  optimizer: Optimizer;
  clipNorm?: number | undefined;
  averaging?: ParameterAverage | undefined;
  backward: Backward;
}): TrainingState {
  const { flow, optimizer, clipNorm, averaging, backward } = options;
  const layout = parameterLayout(flow.parameters);
  let vectors = tidy(() => ({
    parameters: keep(layout.flatten(layout.variables)),
    slots: optimizer.slots.map(() => keep(zeros([layout.size]))),
  }));
  let unchanged = watchVariables(layout.variables);

  const replace = (next: TrainingVectors) => {
    dispose(vectors);
    vectors = { parameters: next.parameters, slots: [...next.slots] };
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

  return {
    layout,
    get vectors() {
      return vectors;
    },
    begin() {
      follow();
      averaging?.replace(clone(vectors.parameters));
    },
    async step({ batch, call, step, learningRate }) {
      const { variables } = layout;
      const { means, gradients } = await likelihoodGradients({ flow, variables, batch, call, backward });
      follow();
      try {
        const { report, next } = tidy(() => {
          const flat = layout.flatten(gradients);
          // The gradients are not needed any more, and they are as large as all parameters together.
          dispose([...gradients]);
          const norm = sqrt(sum(square(flat)));
          const gradient = clipNorm === undefined ? flat : mul(flat, minimum(1, div(clipNorm, norm)));
          const updated = optimizer.update({ ...vectors, gradient, step, learningRate });
          return {
            report: concat([means, reshape(norm, [1])]),
            next: { parameters: updated.parameters, slots: [...updated.slots] },
          };
        });
        replace(next);
        assign();
        averaging?.update(vectors.parameters);
        return report;
      } finally {
        dispose([means, ...gradients]);
      }
    },
    snapshot({ withState }) {
      follow();
      const states: Variable[] = withState ? Object.values(flow.state) : [];
      const saved = tidy(() => ({
        parameters: clone(vectors.parameters),
        slots: vectors.slots.map((slot) => clone(slot)),
        average: averaging?.vector ? [clone(averaging.vector)] : [],
        states: states.map((state) => clone(state)),
      }));
      return {
        restore() {
          replace(
            tidy(() => ({
              parameters: clone(saved.parameters),
              slots: saved.slots.map((slot) => clone(slot)),
            })),
          );
          assign();
          if (averaging) averaging.replace(saved.average[0] && clone(saved.average[0]));
          states.forEach((state, i) => state.assign(saved.states[i]!));
          // New storage for the state too, which tells the layers that it belongs to the weights put back beside it.
          tidy(() => {
            for (const state of Object.values<Variable>(flow.state))
              if (state.dtype === "float32") state.assign(mul(state, 1));
          });
        },
        dispose: () => dispose(saved),
      };
    },
    replaceSlots(slots) {
      replace(
        tidy(() => ({ parameters: clone(vectors.parameters), slots: slots.map((slot) => tensor(slot)) })),
      );
    },
    dispose: () => dispose(vectors),
  };
}
