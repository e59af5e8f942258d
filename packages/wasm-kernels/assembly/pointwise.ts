import { Vector, loadRest, storeRest } from "./vector";

/** A function of four floats. Its methods run without an object: the loops below call them on a null reference. */
abstract class Pointwise {
  abstract at(x: v128): v128;
}

/** out[i] = F(x[i]); `bytes` = 4 * number of floats. */
function map<F extends Pointwise>(x: usize, out: usize, bytes: usize): void {
  const f = changetype<F>(0);
  for (let i: usize = 0; i < bytes; i += 16) {
    const rest = bytes - i;
    const y = f.at(rest >= 16 ? v128.load(x + i) : loadRest(x + i, rest));
    if (rest >= 16) v128.store(out + i, y);
    else storeRest(out + i, y, rest);
  }
}

/** out[i] = dy[i] F(x[i]) */
function mapTimes<F extends Pointwise>(dy: usize, x: usize, out: usize, bytes: usize): void {
  const f = changetype<F>(0);
  for (let i: usize = 0; i < bytes; i += 16) {
    const rest = bytes - i;
    const y = f.at(rest >= 16 ? v128.load(x + i) : loadRest(x + i, rest));
    if (rest >= 16) v128.store(out + i, f32x4.mul(v128.load(dy + i), y));
    else storeRest(out + i, f32x4.mul(loadRest(dy + i, rest), y), rest);
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

class SigmoidDerivative extends Pointwise {
  @inline at(x: v128): v128 {
    return Vector.sigmoidDerivative(x);
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

/** 4 sigmoid'(2x) */
class TanhDerivative extends Pointwise {
  @inline at(x: v128): v128 {
    return f32x4.mul(Vector.sigmoidDerivative(f32x4.add(x, x)), f32x4.splat(4));
  }
}

/** max(x, 0) + (e^min(x, 0) - 1) */
class Elu extends Pointwise {
  @inline at(x: v128): v128 {
    const zero = f32x4.splat(0);
    return f32x4.add(f32x4.pmax(x, zero), Vector.expm1Negative(f32x4.pmin(x, zero)));
  }
}

/** e^min(x, 0) */
class EluDerivative extends Pointwise {
  @inline at(x: v128): v128 {
    return Vector.expNegative(f32x4.pmin(x, f32x4.splat(0)));
  }
}

/** 0 for x > 0, else e^x */
class EluSecondDerivative extends Pointwise {
  @inline at(x: v128): v128 {
    return v128.andnot(Vector.expNegative(f32x4.pmin(x, f32x4.splat(0))), f32x4.gt(x, f32x4.splat(0)));
  }
}

class SwishDerivative extends Pointwise {
  @inline at(x: v128): v128 {
    return Vector.swishDerivative(x);
  }
}

class SwishSecondDerivative extends Pointwise {
  @inline at(x: v128): v128 {
    return Vector.swishSecondDerivative(x);
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

/** 1 for x > 0, else 0 */
class Positive extends Pointwise {
  @inline at(x: v128): v128 {
    return v128.and(f32x4.gt(x, f32x4.splat(0)), f32x4.splat(1));
  }
}

class Pila extends Pointwise {
  @inline at(x: v128): v128 {
    const below = PilaPiece.at(x, 0, 0.2, -0.2, 0.1);
    return f32x4.add(below, f32x4.pmax(x, f32x4.splat(0)));
  }
}

class Pila1 extends Pointwise {
  @inline at(x: v128): v128 {
    return PilaPiece.at(x, 1, -1, 0.5, 0.5);
  }
}

class Pila2 extends Pointwise {
  @inline at(x: v128): v128 {
    return PilaPiece.at(x, 0, 0, 10, 2.5);
  }
}

/**
 * e^u p(u) for u = 5x <= 0, p(0) for x > 0; p = a + b u + c u^2 + d u^3. Bounded from below, so that no infinity meets the
 * zero of e^u.
 */
class PilaPiece {
  @inline static at(x: v128, a: f32, b: f32, c: f32, d: f32): v128 {
    const scaled = f32x4.mul(x, f32x4.splat(5));
    const u = f32x4.pmin(f32x4.pmax(scaled, f32x4.splat(-88)), f32x4.splat(0));
    let p = f32x4.add(f32x4.mul(u, f32x4.splat(d)), f32x4.splat(c));
    p = f32x4.add(f32x4.mul(u, p), f32x4.splat(b));
    p = f32x4.add(f32x4.mul(u, p), f32x4.splat(a));
    return f32x4.mul(Vector.expNegative(u), p);
  }
}

/** value[i] = max(x[i], 0) + (e^m - 1) and slope[i] = e^m with m = min(x[i], 0), with the bits of both functions alone. */
export function eluTwins(x: usize, value: usize, slope: usize, bytes: usize): void {
  const zero = f32x4.splat(0);
  const one = f32x4.splat(1);
  for (let i: usize = 0; i < bytes; i += 16) {
    const rest = bytes - i;
    const at = rest >= 16 ? v128.load(x + i) : loadRest(x + i, rest);
    const bounded = f32x4.pmax(f32x4.pmin(at, zero), f32x4.splat(-88));
    const biased = Vector.biasedExponent(bounded);
    const small = Vector.expm1Small(Vector.remainder(bounded, biased));
    const power = i32x4.shl(biased, 23);
    const below = f32x4.add(f32x4.mul(power, small), f32x4.sub(power, one));
    const y = f32x4.add(f32x4.pmax(at, zero), below);
    const dy = f32x4.mul(power, f32x4.add(small, one));
    if (rest >= 16) {
      v128.store(value + i, y);
      v128.store(slope + i, dy);
    } else {
      storeRest(value + i, y, rest);
      storeRest(slope + i, dy, rest);
    }
  }
}

/** out[i] = dy e^min(x, 0) + ds [x <= 0] e^x */
export function eluTwinsByX(dy: usize, ds: usize, x: usize, out: usize, bytes: usize): void {
  const zero = f32x4.splat(0);
  for (let i: usize = 0; i < bytes; i += 16) {
    const rest = bytes - i;
    const whole = rest >= 16;
    const at = whole ? v128.load(x + i) : loadRest(x + i, rest);
    // A product and not a mask, so that a NaN in ds shows everywhere.
    const ofSlope = f32x4.mul(
      whole ? v128.load(ds + i) : loadRest(ds + i, rest),
      v128.andnot(f32x4.splat(1), f32x4.gt(at, zero)),
    );
    const ofBoth = f32x4.add(whole ? v128.load(dy + i) : loadRest(dy + i, rest), ofSlope);
    const y = f32x4.mul(ofBoth, Vector.expNegative(f32x4.pmin(at, zero)));
    if (whole) v128.store(out + i, y);
    else storeRest(out + i, y, rest);
  }
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
export function elu(x: usize, out: usize, bytes: usize): void {
  map<Elu>(x, out, bytes);
}
export function eluDerivative(x: usize, out: usize, bytes: usize): void {
  map<EluDerivative>(x, out, bytes);
}
export function eluSecondDerivative(x: usize, out: usize, bytes: usize): void {
  map<EluSecondDerivative>(x, out, bytes);
}
export function swishDerivative(x: usize, out: usize, bytes: usize): void {
  map<SwishDerivative>(x, out, bytes);
}
export function swishSecondDerivative(x: usize, out: usize, bytes: usize): void {
  map<SwishSecondDerivative>(x, out, bytes);
}
export function sin(x: usize, out: usize, bytes: usize): void {
  map<Sin>(x, out, bytes);
}
export function cos(x: usize, out: usize, bytes: usize): void {
  map<Cos>(x, out, bytes);
}
export function relu(x: usize, out: usize, bytes: usize): void {
  map<Relu>(x, out, bytes);
}
export function expTimes(dy: usize, x: usize, out: usize, bytes: usize): void {
  mapTimes<Exp>(dy, x, out, bytes);
}
export function sigmoidDerivativeTimes(dy: usize, x: usize, out: usize, bytes: usize): void {
  mapTimes<SigmoidDerivative>(dy, x, out, bytes);
}
export function tanhDerivativeTimes(dy: usize, x: usize, out: usize, bytes: usize): void {
  mapTimes<TanhDerivative>(dy, x, out, bytes);
}
export function eluDerivativeTimes(dy: usize, x: usize, out: usize, bytes: usize): void {
  mapTimes<EluDerivative>(dy, x, out, bytes);
}
export function eluSecondDerivativeTimes(dy: usize, x: usize, out: usize, bytes: usize): void {
  mapTimes<EluSecondDerivative>(dy, x, out, bytes);
}
export function swishDerivativeTimes(dy: usize, x: usize, out: usize, bytes: usize): void {
  mapTimes<SwishDerivative>(dy, x, out, bytes);
}
export function swishSecondDerivativeTimes(dy: usize, x: usize, out: usize, bytes: usize): void {
  mapTimes<SwishSecondDerivative>(dy, x, out, bytes);
}
export function cosTimes(dy: usize, x: usize, out: usize, bytes: usize): void {
  mapTimes<Cos>(dy, x, out, bytes);
}
export function positiveTimes(dy: usize, x: usize, out: usize, bytes: usize): void {
  mapTimes<Positive>(dy, x, out, bytes);
}
export function pila(x: usize, out: usize, bytes: usize): void {
  map<Pila>(x, out, bytes);
}
export function pila1(x: usize, out: usize, bytes: usize): void {
  map<Pila1>(x, out, bytes);
}
export function pila2(x: usize, out: usize, bytes: usize): void {
  map<Pila2>(x, out, bytes);
}
export function pila1Times(dy: usize, x: usize, out: usize, bytes: usize): void {
  mapTimes<Pila1>(dy, x, out, bytes);
}
export function pila2Times(dy: usize, x: usize, out: usize, bytes: usize): void {
  mapTimes<Pila2>(dy, x, out, bytes);
}
