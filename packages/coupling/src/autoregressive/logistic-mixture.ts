import {
  add,
  addN,
  clone,
  dispose,
  div,
  exp,
  expandDims,
  less,
  logSumExp,
  max,
  min,
  mul,
  neg,
  reshape,
  slice,
  softplus,
  stopGradient,
  sub,
  tanh,
  tensor,
  tidy,
  where,
  withoutGradient,
} from "@invertible/ops";
import type { Tensor } from "@invertible/ops";

/** The settings of a mixture. */
export interface LogisticMixtureSettings {
  /** The number K of components. */
  readonly components: number;
  /** The largest |ln scale| of a component. */
  readonly logScaleBound: number;
}

/** Increasing maps of the real line that turn mixtures of logistic densities into the standard logistic density. */
export interface LogisticMixture {
  /** How many numbers determine one map: 3 K. */
  readonly size: number;
  /** Maps x [B, n] with numbers [B, n size] to y [B, n]. logSlope [B, n] is ln dy/dx in nats. */
  forward(x: Tensor, numbers: Tensor): { readonly y: Tensor; readonly logSlope: Tensor };
  /** The x whose y this is. */
  inverse(y: Tensor, numbers: Tensor): Tensor;
}

/** Each component's logarithm of its weight, mean, and logarithm of its scale, [B, n, K]. */
interface Components {
  readonly logWeight: Tensor;
  readonly mean: Tensor;
  readonly logScale: Tensor;
}

/**
 * Halvings of an interval that holds the solution. The interval is at most as wide as the components are apart, and float32
 * tells no more than 2^24 places apart in it.
 */
const halvings = 30;

/**
 * Maps from mixtures of logistic densities. With weights w_k, means m_k and scales s_k, the distribution function is
 *
 *     F(x) = sum_k w_k sigmoid((x - m_k) / s_k),   y = logit F(x) = ln F(x) - ln(1 - F(x)),
 *     ln dy/dx = ln F'(x) - ln F(x) - ln(1 - F(x)).
 *
 * All three logarithms are sums of exponentials of softplus, so that nothing overflows or cancels in the tails. The numbers of a
 * map are (u, v, t), K each: w = softmax(u), m = v + evenly spaced numbers from -3 to 3, ln s = B tanh(t / B) with B =
 * logScaleBound. The spacing makes components differ at the start.
 *
 * The inverse halves an interval 30 times. It is known to hold the solution: component k alone would give x_k = m_k + s_k y, and
 * F lies between the smallest and the largest of its components. A Newton step at the end takes the rest of the error, and its
 * gradient is that of the solution. It supports first derivatives only.
 */
export function logisticMixture({ components, logScaleBound }: LogisticMixtureSettings): LogisticMixture {
  return {
    size: 3 * components,
    forward(x, numbers) {
      // The extremes of no numbers do not exist.
      if (x.size === 0) return { y: clone(x), logSlope: clone(x) };
      return mapped(x, read(x, numbers));
    },
    inverse(y, numbers) {
      if (y.size === 0) return clone(y);
      const all = read(y, numbers);
      const near = withoutGradient(() => bisect(y, all));
      const { y: reached, logSlope } = mapped(stopGradient(near), all);
      return sub(near, mul(sub(reached, y), exp(neg(logSlope))));
    },
  };

  function read(like: Tensor, numbers: Tensor): Components {
    const [batch, entries] = like.shape as [number, number];
    const parts = reshape(numbers, [batch, entries, 3 * components]);
    const part = (i: number) => slice(parts, [0, 0, i * components], [batch, entries, components]);
    // Here, because a file may ask for more components than it has numbers, which is noticed after this map is made.
    const spacing = Array.from({ length: components }, (_, k) => (6 * (k + 0.5)) / components - 3);
    const logits = part(0);
    return {
      logWeight: sub(logits, logSumExp(logits, -1, true)),
      mean: add(part(1), tensor(spacing, [1, 1, components])),
      logScale: mul(tanh(div(part(2), logScaleBound)), logScaleBound),
    };
  }
}

function mapped(x: Tensor, { logWeight, mean, logScale }: Components) {
  const t = mul(sub(expandDims(x, 2), mean), exp(neg(logScale)));
  const [below, above] = [softplus(neg(t)), softplus(t)];
  const logF = logSumExp(sub(logWeight, below), -1);
  const logRest = logSumExp(sub(logWeight, above), -1);
  const logDensity = logSumExp(sub(logWeight, addN([logScale, below, above])), -1);
  return { y: sub(logF, logRest), logSlope: sub(sub(logDensity, logF), logRest) };
}

function bisect(y: Tensor, all: Components): Tensor {
  const alone = add(all.mean, mul(exp(all.logScale), expandDims(y, 2)));
  let interval = [min(alone, -1), max(alone, -1)] as const;
  for (let i = 0; i < halvings; i++) {
    const [low, high] = interval;
    interval = tidy(() => {
      const middle = mul(add(low, high), 0.5);
      const isBelow = less(mapped(middle, all).y, y);
      return [where(isBelow, middle, low), where(isBelow, high, middle)] as const;
    });
    // Otherwise those of all rounds would stay in memory.
    dispose([low, high]);
  }
  return mul(add(...interval), 0.5);
}
