/** Functions of four floats at a time. The polynomials are minimax fits made for these intervals. */
export class Vector {
  /** round(x / ln 2) + 127 + 1.5 * 2^23: the low bits of the sum are the exponent field of 2^round(x / ln 2). */
  @inline static biasedExponent(x: v128): v128 {
    return f32x4.add(f32x4.mul(x, f32x4.splat(1.44269504)), f32x4.splat(12583039));
  }

  /** x - n ln 2, with ln 2 in two parts so that the product with the first is exact */
  @inline static remainder(x: v128, biased: v128): v128 {
    const n = f32x4.sub(biased, f32x4.splat(12583039));
    const high = f32x4.sub(x, f32x4.mul(n, f32x4.splat(0.693359375)));
    return f32x4.add(high, f32x4.mul(n, f32x4.splat(2.1219444e-4)));
  }

  /** e^r - 1 for |r| <= ln(2)/2, as r + r^2 q(r); relative error 2e-8 before rounding */
  @inline static expm1Small(r: v128): v128 {
    let q = f32x4.add(f32x4.mul(r, f32x4.splat(0.0013946448)), f32x4.splat(0.0083665824));
    q = f32x4.add(f32x4.mul(r, q), f32x4.splat(0.041666282));
    q = f32x4.add(f32x4.mul(r, q), f32x4.splat(0.16666543));
    q = f32x4.add(f32x4.mul(r, q), f32x4.splat(0.5));
    return f32x4.add(r, f32x4.mul(f32x4.mul(r, r), q));
  }

  /** e^x: subnormal results too, 0 below -104, Infinity above 88.7, NaN for NaN */
  @inline static exp(x: v128): v128 {
    const bounded = f32x4.pmin(f32x4.pmax(x, f32x4.splat(-105)), f32x4.splat(89));
    const biased = Vector.biasedExponent(bounded);
    const p = f32x4.add(Vector.expm1Small(Vector.remainder(bounded, biased)), f32x4.splat(1));
    // 2^n in two factors, each a normal number.
    const n = i32x4.sub(biased, i32x4.splat(0x4b40007f));
    const half = i32x4.shr_s(n, 1);
    const one = i32x4.splat(127);
    const first = i32x4.shl(i32x4.add(half, one), 23);
    const second = i32x4.shl(i32x4.add(i32x4.sub(n, half), one), 23);
    return f32x4.mul(f32x4.mul(p, first), second);
  }

  /** e^x for x <= 0; 0 below -87.6, where results would be subnormal */
  @inline static expNegative(x: v128): v128 {
    const bounded = f32x4.pmax(x, f32x4.splat(-88));
    const biased = Vector.biasedExponent(bounded);
    const p = f32x4.add(Vector.expm1Small(Vector.remainder(bounded, biased)), f32x4.splat(1));
    return f32x4.mul(p, i32x4.shl(biased, 23));
  }

  /** e^x - 1 for x <= 0 */
  @inline static expm1Negative(x: v128): v128 {
    const bounded = f32x4.pmax(x, f32x4.splat(-88));
    const biased = Vector.biasedExponent(bounded);
    const power = i32x4.shl(biased, 23);
    const small = Vector.expm1Small(Vector.remainder(bounded, biased));
    return f32x4.add(f32x4.mul(power, small), f32x4.sub(power, f32x4.splat(1)));
  }

  /** e^x - 1 to a relative error of 1e-7, of 6e-6 above 88.4 where 2^128 is out of reach; Infinity above 88.8 */
  @inline static expm1(x: v128): v128 {
    const bounded = f32x4.pmin(f32x4.pmax(x, f32x4.splat(-80)), f32x4.splat(89));
    const biased = f32x4.pmin(Vector.biasedExponent(bounded), f32x4.splat(12583166)); // 2^127
    const scale = i32x4.shl(biased, 23);
    const small = Vector.expm1Small(Vector.remainder(bounded, biased));
    return f32x4.add(f32x4.mul(scale, small), f32x4.sub(scale, f32x4.splat(1)));
  }

  /** log(1 + z) for 0 <= z <= 1, as 2 artanh(z / (2 + z)) */
  @inline static log1p(z: v128): v128 {
    const s = f32x4.div(z, f32x4.add(z, f32x4.splat(2)));
    const u = f32x4.mul(s, s);
    let q = f32x4.add(f32x4.mul(u, f32x4.splat(0.12150467)), f32x4.splat(0.10713829));
    q = f32x4.add(f32x4.mul(u, q), f32x4.splat(0.14308442));
    q = f32x4.add(f32x4.mul(u, q), f32x4.splat(0.19999439));
    q = f32x4.add(f32x4.mul(u, q), f32x4.splat(0.33333338));
    const twice = f32x4.add(s, s);
    return f32x4.add(twice, f32x4.mul(twice, f32x4.mul(u, q)));
  }

  /** e = e^-|x|; both 1/(1+e) and e/(1+e) are then exact to rounding. */
  @inline static decay(x: v128): v128 {
    return Vector.expNegative(f32x4.neg(f32x4.abs(x)));
  }

  /** sin(x) with turn = 0, cos(x) with turn = 1. Reduced in float64: good to rounding up to |x| = 1e6. */
  @inline static sine(x: v128, turn: i32): v128 {
    const low = Vector.quarterTurns(f64x2.promote_low_f32x4(x));
    const high = Vector.quarterTurns(f64x2.promote_low_f32x4(v128.shuffle<f32>(x, x, 2, 3, 2, 3)));
    const r = v128.shuffle<f32>(Vector.rest(x, low, 0), Vector.rest(x, high, 1), 0, 1, 4, 5);
    const counts = v128.shuffle<i32>(
      i32x4.trunc_sat_f64x2_s_zero(low),
      i32x4.trunc_sat_f64x2_s_zero(high),
      0,
      1,
      4,
      5,
    );
    const quadrant = i32x4.add(counts, i32x4.splat(turn));
    const u = f32x4.mul(r, r);
    let s = f32x4.add(f32x4.mul(u, f32x4.splat(-0.00019516977)), f32x4.splat(0.0083321758));
    s = f32x4.add(f32x4.mul(u, s), f32x4.splat(-0.16666655));
    s = f32x4.add(r, f32x4.mul(f32x4.mul(r, u), s));
    let c = f32x4.add(f32x4.mul(u, f32x4.splat(2.443809e-5)), f32x4.splat(-0.0013887364));
    c = f32x4.add(f32x4.mul(u, c), f32x4.splat(0.041666647));
    c = f32x4.add(f32x4.sub(f32x4.splat(1), f32x4.mul(u, f32x4.splat(0.5))), f32x4.mul(f32x4.mul(u, u), c));
    const odd = i32x4.ne(v128.and(quadrant, i32x4.splat(1)), i32x4.splat(0));
    const negative = i32x4.shl(v128.and(quadrant, i32x4.splat(2)), 30);
    return v128.xor(v128.bitselect(c, s, odd), negative);
  }

  @inline static quarterTurns(x: v128): v128 {
    return f64x2.nearest(f64x2.mul(x, f64x2.splat(0.6366197723675814)));
  }

  /** x - n pi/2 for two of the lanes of x, as floats in the low half */
  @inline static rest(x: v128, n: v128, half: i32): v128 {
    const wide = f64x2.promote_low_f32x4(half ? v128.shuffle<f32>(x, x, 2, 3, 2, 3) : x);
    const near = f64x2.sub(wide, f64x2.mul(n, f64x2.splat(1.5707963267341256)));
    return f32x4.demote_f64x2_zero(f64x2.sub(near, f64x2.mul(n, f64x2.splat(6.077100506506192e-11))));
  }

  @inline static sigmoid(x: v128): v128 {
    return Vector.sigmoidOf(x, Vector.decay(x));
  }

  /** sigmoid(x) from e = e^-|x| */
  @inline static sigmoidOf(x: v128, e: v128): v128 {
    const one = f32x4.splat(1);
    return f32x4.div(v128.bitselect(e, one, f32x4.lt(x, f32x4.splat(0))), f32x4.add(one, e));
  }

  /** sigmoid'(x) = e / (1 + e)^2 */
  @inline static sigmoidDerivative(x: v128): v128 {
    const e = Vector.decay(x);
    const whole = f32x4.add(e, f32x4.splat(1));
    return f32x4.div(e, f32x4.mul(whole, whole));
  }

  /** swish'(x) = s (1 + x r), s = sigmoid(x), r = sigmoid(-x) and not 1 - s: for large x that would keep no digits of r. */
  @inline static swishDerivative(x: v128): v128 {
    const e = Vector.decay(x);
    const one = f32x4.splat(1);
    return Vector.swishSlope(x, e, f32x4.div(one, f32x4.add(one, e)));
  }

  /** swish'(x) from e = e^-|x| and scale = 1 / (1 + e) */
  @inline static swishSlope(x: v128, e: v128, scale: v128): v128 {
    const small = f32x4.mul(e, scale);
    const negative = f32x4.lt(x, f32x4.splat(0));
    const s = v128.bitselect(small, scale, negative);
    const r = v128.bitselect(scale, small, negative);
    return f32x4.mul(s, f32x4.add(f32x4.mul(x, r), f32x4.splat(1)));
  }

  /** swish''(x) = p (2 + x t), p = sigmoid'(x), t = 1 - 2 sigmoid(x) */
  @inline static swishSecondDerivative(x: v128): v128 {
    const e = Vector.decay(x);
    const one = f32x4.splat(1);
    return Vector.swishCurvature(x, e, f32x4.div(one, f32x4.add(one, e)));
  }

  /** swish''(x) from e = e^-|x| and scale = 1 / (1 + e) */
  @inline static swishCurvature(x: v128, e: v128, scale: v128): v128 {
    const size = f32x4.mul(f32x4.sub(f32x4.splat(1), e), scale);
    const t = v128.xor(size, v128.andnot(i32x4.splat(0x80000000), x)); // of the sign of -x
    const p = f32x4.mul(f32x4.mul(e, scale), scale);
    return f32x4.mul(p, f32x4.add(f32x4.mul(x, t), f32x4.splat(2)));
  }
}

/** The one to three floats that remain at the end of a tensor, in the first lanes. */
export function loadRest(from: usize, bytes: usize): v128 {
  let x = v128.load32_zero(from);
  if (bytes > 4) x = v128.load_lane<f32>(from, x, 1, 4);
  if (bytes > 8) x = v128.load_lane<f32>(from, x, 2, 8);
  return x;
}

export function storeRest(to: usize, x: v128, bytes: usize): void {
  v128.store_lane<f32>(to, x, 0);
  if (bytes > 4) v128.store_lane<f32>(to, x, 1, 4);
  if (bytes > 8) v128.store_lane<f32>(to, x, 2, 8);
}

/** Stores the first `columns` of 8 floats, or all. */
export function storeColumns(to: usize, left: v128, right: v128, columns: i32): void {
  if (columns >= 8) {
    v128.store(to, left);
    v128.store(to, right, 16);
  } else if (columns > 4) {
    v128.store(to, left);
    storeRest(to + 16, right, (<usize>(columns - 4)) << 2);
  } else if (columns === 4) v128.store(to, left);
  else storeRest(to, left, (<usize>columns) << 2);
}
