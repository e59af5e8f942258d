import type { RefreshOptions } from "@invertible/bijection";
import { activation, add, mul, tidy } from "@invertible/ops";
import type {
  Activation,
  ActivationName,
  JsonObject,
  LinearOperator,
  NamedVariables,
  Tensor,
  Variable,
} from "@invertible/ops";
import type { CappedOperator } from "@invertible/spectral-norm";
import { contraction } from "./contraction.ts";
import type { BoundBranch, ContractiveBranch } from "./contractive-branch.ts";

export interface SequentialBranchOptions {
  /** Applied in order; each takes what the one before it gives, and the last gives the first's input shape. */
  readonly layers: readonly CappedLayer[];
  readonly activation: ActivationName;
  /** An activation before the first layer too, as in every block of the published networks but the first. */
  readonly preactivation: boolean;
  /** `{ branch, ... }` */
  readonly config: JsonObject;
}

export interface CappedLayer {
  readonly operator: CappedOperator;
  /** [channels], added on the last axis. */
  readonly bias: Variable;
}

interface Stage extends CappedLayer {
  /** What comes before the operator; none before the first unless preactivated. */
  readonly activation: Activation | undefined;
}

/**
 * g(x) = W_n phi(... W_2 phi(W_1 [phi](x) + b_1) + b_2 ...) + b_n with capped linear maps, and its Jacobian-vector product
 * W_n (phi'(a_n) * ... (W_1 [phi'(x) *] v)): the same maps without bias.
 *
 * L = product of the coefficients times sup|phi'| for each activation.
 *
 * @throws ArgumentError when L >= 1, naming the numbers.
 */
export function sequentialBranch(options: SequentialBranchOptions): ContractiveBranch {
  const { layers, preactivation, config } = options;
  const lipschitz = contraction(
    layers.map(({ operator }) => operator.coefficient),
    options.activation,
    preactivation,
  );
  const stages: Stage[] = layers.map((layer, i) => ({
    ...layer,
    activation: i > 0 || preactivation ? activation(options.activation) : undefined,
  }));

  return Object.freeze({
    inputShape: stages[0]!.operator.inputShape,
    lipschitz,
    config,
    parameters: named(stages, ({ operator, bias, activation }) => ({
      ...operator.parameters,
      bias,
      ...(activation && prefixed("activation", activation.parameters)),
    })),
    state: named(stages, ({ operator }) => operator.state),
    bind(): BoundBranch {
      const operators = stages.map(({ operator }) => operator.bind());
      return {
        value: (x) =>
          stages.reduce((h, stage, i) => affine(operators[i]!, stage, stage.activation?.value(h) ?? h), x),
        linearise(x) {
          const slopes: (Tensor | undefined)[] = [];
          const value = stages.reduce((h, stage, i) => {
            slopes.push(stage.activation?.derivative(h));
            return affine(operators[i]!, stage, stage.activation?.value(h) ?? h);
          }, x);
          const jvp = (v: Tensor) =>
            operators.reduce((w, operator, i) => {
              const slope = slopes[i];
              return tidy(() => operator.apply(slope ? mul(slope, w) : w));
            }, v);
          return { value, jvp };
        },
      };
    },
    async refresh(options: RefreshOptions): Promise<void> {
      for (const { operator } of stages) await operator.refresh(options);
    },
  });
}

function affine(operator: LinearOperator, { bias }: CappedLayer, x: Tensor): Tensor {
  return add(operator.apply(x), bias);
}

/** Under "0.", "1.", ... in the order of the layers. */
function named(stages: readonly Stage[], of: (stage: Stage) => NamedVariables): NamedVariables {
  return Object.freeze(
    Object.assign({}, ...stages.map((stage, i) => prefixed(String(i), of(stage)))) as NamedVariables,
  );
}

function prefixed(prefix: string, variables: NamedVariables): NamedVariables {
  return Object.fromEntries(
    Object.entries(variables).map(([name, variable]) => [`${prefix}.${name}`, variable]),
  );
}
