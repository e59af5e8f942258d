import type { RefreshOptions } from "@invertible/bijection";
import type { Norms } from "@invertible/certificates";
import { NonFiniteError, NotCertifiedError } from "@invertible/errors";
import { all, dispose, isFiniteElementwise, mul, newVariable, tidy } from "@invertible/ops";
import type { LinearOperator, Shape, Tensor, Variable } from "@invertible/ops";
import { certifyNorm } from "../certify-norm.ts";
import { checkCoefficient } from "./checks.ts";
import type { LipschitzOperator } from "../lipschitz-operator.ts";
import { checkRefreshOptions } from "./refresh-options.ts";

/**
 * A linear map whose Euclidean norm is at most `coefficient` whatever its weight, without state to keep up to date. Weights above
 * about 1e18, whose squares overflow, make it NaN, which `certify` and `enforce` refuse with a NonFiniteError.
 */
export interface ConstructedOperator extends LipschitzOperator {
  /** Free: the map is made of it, but not with these numbers. */
  readonly parameters: { readonly weight: Variable };
}

export interface ConstructedFamily {
  readonly name: string;
  readonly inputShape: Shape;
  readonly outputShape: Shape;
  readonly coefficient: number;
  readonly weightShape: Shape;
  /** The free weight at the start. */
  initialWeight(): Tensor;
  /** A weight whose operator has a norm of at most 1, differentiable in the free one. */
  contraction(weight: Tensor): Tensor;
  operator(weight: Tensor): LinearOperator;
}

/** Room for what float32 does to a weight of norm 1 and for what its certificate adds; both stay below this in every test. */
const room = 1e-5;

export function constructedOperator(family: ConstructedFamily): ConstructedOperator {
  const { name, inputShape, outputShape, coefficient } = family;
  checkCoefficient(name, coefficient);
  const weight = newVariable(family.weightShape, () => family.initialWeight());
  const euclidean: Norms = { domain: 2, codomain: 2 };
  const bounded = () => tidy(() => mul(family.contraction(weight), coefficient * (1 - room)));
  const proof = async (norms: Norms) => {
    const fixed = bounded();
    try {
      return await certifyNorm(family.operator(fixed), norms);
    } catch (cause) {
      if (!NonFiniteError.is(cause) || !(await isFinite(weight))) throw cause;
      throw new NonFiniteError(
        `${name}: expected weights up to about 1e18, whose squares float32 holds, received larger ones`,
        { cause },
      );
    } finally {
      dispose(fixed);
    }
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

async function isFinite(weight: Tensor): Promise<boolean> {
  const finite = tidy(() => all(isFiniteElementwise(weight)));
  return (await finite.data().finally(() => dispose(finite)))[0] === 1;
}
