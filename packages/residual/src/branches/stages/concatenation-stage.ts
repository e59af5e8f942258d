import {
  add,
  concat,
  div,
  dispose,
  matMul,
  mul,
  prefixed,
  reshape,
  roundUp,
  sizeOf,
  softplus,
  split,
  sqrt,
  square,
  sum,
  tensor,
  tidy,
} from "@invertible/ops";
import type { Activation, Tensor, Variable } from "@invertible/ops";
import type { BranchLayer } from "./branch-layer.ts";
import type { BranchStage } from "./branch-stage.ts";
import { layerParameters, shiftOf, shiftRounding } from "./layer-stage.ts";
import { productAbove } from "./product-above.ts";
import { lengths, roundingGain } from "./rounding.ts";

/** A layer of a DenseNet: a bounded layer, its activation, and the weights of the concatenation. */
export interface DenseConcatenation extends BranchLayer {
  /** The activation phi. */
  readonly activation: Activation;
  /** The trained parameter K [2]. At 0 both parts weigh the same. */
  readonly concatenation: Variable;
  /** The Lipschitz constant c of the layer. */
  readonly coefficient: number;
}

/** Keeps |eta| <= c where float32 rounds the two quotients up. The sum of their errors is below 5e-7 on every backend. */
const belowCoefficient = 1 - 1e-6;

/**
 * A layer of a DenseNet with learnable weights for its two parts,
 *
 *     x -> concat(eta_1 x, eta_2 phi(W x + b)),    eta = c s / |s|,  s = softplus(K) + 0.1.
 *
 * In general its Lipschitz constant in the Euclidean norm is hypot(eta_1, eta_2 sup|phi'| |W|). A coefficient of 1/sup|phi'| on
 * W makes this |eta| = c.
 *
 * @see Perugachi-Diaz et al. (2021), arXiv:2102.02694, section 3; there |eta| = 1 and only W has the coefficient
 */
export function concatenationStage(layer: DenseConcatenation): BranchStage {
  const { operator, activation, concatenation, coefficient } = layer;
  const { inputShape } = operator;
  const [passed, added] = [inputShape.at(-1)!, operator.outputShape.at(-1)! * activation.expansion];

  const eta = (): Tensor => {
    const parts = add(softplus(concatenation), 0.1);
    return mul(div(parts, sqrt(sum(square(parts)))), coefficient * belowCoefficient);
  };
  /**
   * One factor for each channel: eta_1 for those of x, eta_2 for those that are added. Multiplying by it is one product instead
   * of two.
   */
  const channelScales = (): Tensor => {
    const owners = new Float32Array(2 * (passed + added));
    owners.fill(1, 0, passed).fill(1, 2 * passed + added);
    return reshape(matMul(reshape(eta(), [1, 2]), tensor(owners, [2, passed + added])), [passed + added]);
  };

  return {
    inputShape,
    outputShape: [...inputShape.slice(0, -1), passed + added],
    lipschitz: coefficient,
    parameters: {
      ...layerParameters(layer),
      concatenation,
      ...prefixed("activation", activation.parameters),
    },
    state: operator.state,
    operator,
    bind(condition) {
      const bounded = operator.bind();
      const shift = shiftOf(layer, condition);
      const scales = tidy(channelScales);
      const last = inputShape.length;
      const weighed = (kept: Tensor, made: Tensor) => mul(concat([kept, made], last), scales);
      const preimage = (x: Tensor) => add(bounded.apply(x), shift);
      return {
        withRounding() {
          // An error of W x + b grows by at most c sup|phi'|, because eta_2 <= c.
          const onward = coefficient * activation.lipschitz;
          const places = sizeOf(inputShape.slice(0, -1));
          const ofSum = condition ? 1 : 1 / 2;
          const shiftLength = mul(lengths(condition ? shift : reshape(shift, [1, -1])), Math.sqrt(places));
          return {
            // |W x + b| <= |W| |x| + |b|
            ofInput: mul(roundingGain(operator, bounded, ofSum), onward),
            // 1 epsilon for the activation's result, 3/2 for its weight and for the product with it.
            ofResult: 5 / 2,
            fixed: mul(add(shiftRounding(layer, condition), mul(shiftLength, ofSum)), onward),
          };
        },
        value: (x) => weighed(x, activation.value(preimage(x))),
        linearise(x) {
          const activated = activation.linearise(preimage(x));
          return {
            value: weighed(x, activated.value),
            jvp: (v) => tidy(() => weighed(v, activated.jvp(bounded.apply(v)))),
            vjp: (w) =>
              tidy(() => {
                const [kept, made] = split(mul(w, scales), [passed, added], last);
                return add(kept!, bounded.adjoint(activated.vjp(made!)));
              }),
          };
        },
      };
    },
    async certify() {
      const certificate = await operator.certify({ domain: 2, codomain: 2 });
      const inner = productAbove([activation.lipschitz, certificate.bound]);
      const weights = tidy(eta);
      const [kept, made] = await weights.data().finally(() => dispose(weights));
      const squared = roundUp(roundUp(kept! ** 2) + roundUp(roundUp(made! * inner) ** 2));
      return { lipschitz: roundUp(Math.sqrt(squared)), operators: [certificate] };
    },
  };
}
