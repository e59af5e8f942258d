/** Pointwise functions on four floats at a time. Polynomials: minimax fits made for these intervals. */

/** A function of four floats. Its methods run without an object: `map` calls them on a null reference. */
abstract class Pointwise {
  abstract at(x: v128): v128;
}

/** out[i] = F(x[i]); `bytes` = 4 * number of floats. */
function map<F extends Pointwise>(x: usize, out: usize, bytes: usize): void {
  const f = changetype<F>(0);
  const whole = bytes & ~15;
  let i: usize = 0;
  for (; i < whole; i += 16) v128.store(out + i, f.at(v128.load(x + i)));
  for (; i < bytes; i += 4) v128.store_lane<f32>(out + i, f.at(v128.load_splat<f32>(x + i)), 0);
}

class Vector {
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
}

class Exp extends Pointwise {
  @inline at(x: v128): v128 {
    return Vector.exp(x);
  }
}

class Expm1 extends Pointwise {
  @inline at(x: v128): v128 {
    return Vector.expm1(x);
  }
}

/** e / (1 + e)^2 */
class SigmoidDerivative extends Pointwise {
  @inline at(x: v128): v128 {
    const e = Vector.decay(x);
    const whole = f32x4.add(e, f32x4.splat(1));
    return f32x4.div(e, f32x4.mul(whole, whole));
  }
}

/** max(x, 0) + log(1 + e^-|x|) */
class Softplus extends Pointwise {
  @inline at(x: v128): v128 {
    return f32x4.add(f32x4.pmax(x, f32x4.splat(0)), Vector.log1p(Vector.decay(x)));
  }
}

/** -t / (2 + t) with t = e^(-2|x|) - 1, and the sign of x */
class Tanh extends Pointwise {
  @inline at(x: v128): v128 {
    const t = Vector.expm1(f32x4.mul(f32x4.abs(x), f32x4.splat(-2)));
    const y = f32x4.div(t, f32x4.add(t, f32x4.splat(2)));
    return v128.or(f32x4.abs(y), v128.and(x, i32x4.splat(0x80000000)));
  }
}

/** 4 e / (1 + e)^2 with e = e^(-2|x|) */
class TanhDerivative extends Pointwise {
  @inline at(x: v128): v128 {
    const e = Vector.decay(f32x4.add(x, x));
    const whole = f32x4.add(e, f32x4.splat(1));
    return f32x4.div(f32x4.mul(e, f32x4.splat(4)), f32x4.mul(whole, whole));
  }
}

/** e^min(x, 0) */
class EluDerivative extends Pointwise {
  @inline at(x: v128): v128 {
    return Vector.expNegative(f32x4.pmin(x, f32x4.splat(0)));
  }
}

/** s (1 + x r) with s = sigmoid(x) and r = sigmoid(-x), not 1 - s: for large x that would keep no digits of r. */
class SwishDerivative extends Pointwise {
  @inline at(x: v128): v128 {
    const e = Vector.decay(x);
    const one = f32x4.splat(1);
    const scale = f32x4.div(one, f32x4.add(one, e));
    const small = f32x4.mul(e, scale);
    const negative = f32x4.lt(x, f32x4.splat(0));
    const s = v128.bitselect(small, scale, negative);
    const r = v128.bitselect(scale, small, negative);
    return f32x4.mul(s, f32x4.add(f32x4.mul(x, r), one));
  }
}

class Sin extends Pointwise {
  @inline at(x: v128): v128 {
    return Vector.sine(x, 0);
  }
}

class Cos extends Pointwise {
  @inline at(x: v128): v128 {
    return Vector.sine(x, 1);
  }
}

/** max(x, 0); like everything here it lets NaN through. */
class Relu extends Pointwise {
  @inline at(x: v128): v128 {
    return f32x4.pmax(x, f32x4.splat(0));
  }
}

export function relu(x: usize, out: usize, bytes: usize): void {
  map<Relu>(x, out, bytes);
}
export function exp(x: usize, out: usize, bytes: usize): void {
  map<Exp>(x, out, bytes);
}
export function expm1(x: usize, out: usize, bytes: usize): void {
  map<Expm1>(x, out, bytes);
}
export function sigmoidDerivative(x: usize, out: usize, bytes: usize): void {
  map<SigmoidDerivative>(x, out, bytes);
}
export function softplus(x: usize, out: usize, bytes: usize): void {
  map<Softplus>(x, out, bytes);
}
export function tanh(x: usize, out: usize, bytes: usize): void {
  map<Tanh>(x, out, bytes);
}
export function tanhDerivative(x: usize, out: usize, bytes: usize): void {
  map<TanhDerivative>(x, out, bytes);
}
export function eluDerivative(x: usize, out: usize, bytes: usize): void {
  map<EluDerivative>(x, out, bytes);
}
export function swishDerivative(x: usize, out: usize, bytes: usize): void {
  map<SwishDerivative>(x, out, bytes);
}
export function sin(x: usize, out: usize, bytes: usize): void {
  map<Sin>(x, out, bytes);
}
export function cos(x: usize, out: usize, bytes: usize): void {
  map<Cos>(x, out, bytes);
}
