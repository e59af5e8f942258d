import type { RefreshOptions } from "@invertible/bijection";
import type { Norms } from "@invertible/certificates";
import { NotCertifiedError } from "@invertible/errors";
import { dispose, mul, tidy, variable } from "@invertible/ops";
import type { LinearOperator, Shape, Tensor, Variable } from "@invertible/ops";
import { certifyNorm } from "../certify-norm.ts";
import { checkCoefficient } from "./checks.ts";
import type { LipschitzOperator } from "../lipschitz-operator.ts";
import { checkRefreshOptions } from "./refresh-options.ts";

/**
 * A linear map whose Euclidean norm is at most `coefficient` for every weight, without state to keep up to date. Weights above
 * about 1e18 have squares that overflow and make the map NaN, which `certify` and `enforce` refuse.
 */
export interface ConstructedOperator extends LipschitzOperator {
  /** The free weight. The map is computed from it, but its entries are not those of the map. */
  readonly parameters: { readonly weight: Variable };
}

/** Describes a bounded map for `constructedOperator`. */
export interface ConstructedFamily {
  /** Name of the layer, for error messages. */
  readonly name: string;
  /** Shape of one input, without the batch axis. */
  readonly inputShape: Shape;
  /** Shape of one output, without the batch axis. */
  readonly outputShape: Shape;
  /** The limit c on the norm. */
  readonly coefficient: number;
  /** Makes the initial free weight. */
  initialWeight(): Tensor;
  /** Computes a weight whose operator has a norm of at most 1, differentiable in the free weight. */
  contraction(weight: Tensor): Tensor;
  /** Builds the operator of a weight. */
  operator(weight: Tensor): LinearOperator;
}

/**
 * Room below c for the float32 rounding of a weight of norm 1 and for what its certificate adds. Both stay below this in every
 * test.
 */
const room = 1e-5;

/**
 * Makes a layer whose norm is at most `coefficient` by construction.
 *
 * @throws ArgumentError for a coefficient that is not a positive number.
 */
export function constructedOperator(family: ConstructedFamily): ConstructedOperator {
  const { name, inputShape, outputShape, coefficient } = family;
  checkCoefficient(name, coefficient);
  const weight = tidy(() => variable(family.initialWeight()));
  const euclidean: Norms = { domain: 2, codomain: 2 };
  const bounded = () => tidy(() => mul(family.contraction(weight), coefficient * (1 - room)));
  const proof = async (norms: Norms) => {
    const fixed = bounded();
    return certifyNorm(family.operator(fixed), norms).finally(() => dispose(fixed));
  };

  return Object.freeze({
    inputShape,
    outputShape,
    coefficient,
    ...euclidean,
    parameters: { weight },
    state: {},
    weightRounding: 0,
    bind: () => family.operator(bounded()),
    refresh: async (options: RefreshOptions) => checkRefreshOptions(options),
    certify: (norms: Norms = euclidean) => proof(norms),
    async enforce(): Promise<void> {
      const { bound } = await proof(euclidean);
      if (!(bound <= coefficient))
        throw new NotCertifiedError(
          `${name}.enforce: expected a norm of at most ${coefficient} by construction, received a proof of ${bound} only`,
        );
    },
  });
}
