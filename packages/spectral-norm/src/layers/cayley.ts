import {
  abs,
  add,
  clone,
  concat,
  defineOp,
  div,
  exp,
  eye,
  log1p,
  matMul,
  max,
  maximum,
  mul,
  neg,
  slice,
  split,
  sqrt,
  square,
  sub,
  sum,
  tensor,
  tidy,
  transpose,
  withoutGradient,
  zerosLike,
} from "@invertible/ops";
import type { Tensor } from "@invertible/ops";

/**
 * The Cayley transform of V [m, n] with m >= n, which is a matrix Q [m, n] with orthonormal columns, Q'Q = I. Let X be the
 * upper n rows of V, Y the others, and A = X - X' + Y'Y. Then
 *
 *     Q = [ (I + A)^-1 (I - A) ;  -2 Y (I + A)^-1 ].
 *
 * |Q| <= 1 holds even if the iteration for the inverse has not converged; see `polished`.
 *
 * @see Trockman & Kolter (2021), arXiv:2104.07167, section 3.2 and appendix on semi-orthogonal layers
 */
export function cayley(weight: Tensor): Tensor {
  return tidy(() => {
    const [m, n] = weight.shape as [number, number];
    const identity = eye(n);
    const x = slice(weight, [0, 0], [n, n]);
    const skew = sub(x, transpose(x));
    if (m === n) {
      const z = inverse(add(identity, skew));
      return polished(sub(mul(z, 2), identity));
    }
    const y = slice(weight, [n, 0], [m - n, n]);
    const z = inverse(add(add(identity, skew), matMul(y, y, true, false)));
    return polished(concat([sub(mul(z, 2), identity), mul(matMul(y, z), -2)], 0));
  });
}

/**
 * Computes Q (3 I - Q'Q) / 2, one Newton-Schulz step towards the nearest matrix with orthonormal columns. It removes rounding
 * errors, and it maps every singular value up to 2 into [0, 1]. An inverse that has not converged, (I + A)^-1 (I - R) with 0 <=
 * R <= I, gives a Q of norm at most sqrt(2). So the result is a contraction in any case. Where Q is exact the step changes
 * nothing, so its derivative is taken to be that of Q.
 */
function polished(q: Tensor): Tensor {
  const correction = withoutGradient(() => mul(sub(q, matMul(q, matMul(q, q, true, false))), 0.5));
  return add(q, correction);
}

/** The inverse of M with M + M' >= 2 I, differentiable at any order. */
function inverse(m: Tensor): Tensor {
  return known({ m, z: withoutGradient(() => newtonSchulz(m)) });
}

/**
 * Returns Z = M^-1, which has been computed already, with the derivative -Z dM Z. The Z in that derivative is again
 * differentiated as M^-1.
 */
const known: ReturnType<typeof defineOp<"m" | "z">> = defineOp(["m", "z"], {
  name: "InvertibleKnownInverse",
  forward: ({ z }) => clone(z),
  gradient: (dy, { m, z }) => ({
    m: () => {
      const inverse = known({ m, z });
      return neg(matMul(matMul(inverse, dy, true, false), inverse, false, true));
    },
    z: () => zerosLike(z),
  }),
});

/** Number of scaled steps, enough for |M|_1 |M|_inf up to 10^7. */
const scaledSteps = 12;
/** Number of plain steps. They square what the scaled steps leave of the residual, and make it positive semidefinite. */
const plainSteps = 3;

/**
 * Inverts M by the iteration Z -> Z (2 I - M Z), which squares the residual R = I - M Z. It starts from Z = M' 2/(1+b).
 *
 * The spectrum of M M' lies in [1, b] with b = |M|_1 |M|_inf. So the spectrum of R lies in [-r, r] with r = (b-1)/(b+1), and
 * after a step in [0, r^2]. Multiplying Z by 2/(2 - r^2) centres it again, which halves the number of steps. If r = 1/cosh(t),
 * one step leads to r = 1/cosh(2t), and the factor is 1 plus the latter. The number of steps does not depend on any value, so
 * nothing is read back.
 *
 * @see Higham (2008), Functions of Matrices, section 7.3, for the iteration
 */
function newtonSchulz(m: Tensor): Tensor {
  const b = mul(max(sum(abs(m), 0)), max(sum(abs(m), 1)));
  const [n] = m.shape as [number];
  const doubled = mul(eye(n), 2);
  let z = mul(transpose(m), div(2, add(b, 1)));
  for (const factor of split(centring(b), scaledSteps))
    z = matMul(mul(z, factor), sub(doubled, matMul(m, z)));
  for (let i = 0; i < plainSteps; i++) z = matMul(z, sub(doubled, matMul(m, z)));
  return z;
}

/**
 * The factors 1 + 1/cosh(2^k t) for k = 1, 2, ... and cosh(t) = (b+1)/(b-1). They are computed all at once, because an
 * operation on scalars costs as much as one on small matrices.
 */
function centring(b: Tensor): Tensor {
  const t = log1p(div(2, maximum(sub(sqrt(b), 1), 1e-6)));
  const powers = tensor(Array.from({ length: scaledSteps }, (_, k) => -(2 ** (k + 1))));
  const x = exp(mul(powers, t));
  return add(1, div(mul(x, 2), add(square(x), 1)));
}
