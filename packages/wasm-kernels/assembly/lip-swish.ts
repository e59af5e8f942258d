import { Vector, loadRest, storeRest } from "./vector";

/** F(x, b) for four x at a time and one b. */
abstract class Scaled {
  abstract at(x: v128, b: v128): v128;
}

/** 1 / 1.1 */
const perLipschitz: f32 = 0.90909091;

/** out[i] = F(x[i], b) / 1.1, with the address of b. */
function map<F extends Scaled>(x: usize, b: usize, out: usize, bytes: usize): void {
  const f = changetype<F>(0);
  const beta = v128.load_splat<f32>(b);
  for (let i: usize = 0; i < bytes; i += 16) {
    const rest = bytes - i;
    const y = f32x4.mul(
      f.at(rest >= 16 ? v128.load(x + i) : loadRest(x + i, rest), beta),
      f32x4.splat(perLipschitz),
    );
    if (rest >= 16) v128.store(out + i, y);
    else storeRest(out + i, y, rest);
  }
}

/** out[i] = dy[i] F(x[i], b) / 1.1 */
function mapTimes<F extends Scaled>(dy: usize, x: usize, b: usize, out: usize, bytes: usize): void {
  const f = changetype<F>(0);
  const beta = v128.load_splat<f32>(b);
  for (let i: usize = 0; i < bytes; i += 16) {
    const rest = bytes - i;
    const y = f32x4.mul(
      f.at(rest >= 16 ? v128.load(x + i) : loadRest(x + i, rest), beta),
      f32x4.splat(perLipschitz),
    );
    if (rest >= 16) v128.store(out + i, f32x4.mul(v128.load(dy + i), y));
    else storeRest(out + i, f32x4.mul(loadRest(dy + i, rest), y), rest);
  }
}

/** x sigmoid(b x) */
class LipSwish extends Scaled {
  @inline at(x: v128, b: v128): v128 {
    return f32x4.mul(x, Vector.sigmoid(f32x4.mul(x, b)));
  }
}

/** d/dx of it: swish'(b x) */
class Slope extends Scaled {
  @inline at(x: v128, b: v128): v128 {
    return Vector.swishDerivative(f32x4.mul(x, b));
  }
}

/** d/db of it: x^2 sigmoid'(b x) */
class ByBeta extends Scaled {
  @inline at(x: v128, b: v128): v128 {
    return f32x4.mul(f32x4.mul(x, x), Vector.sigmoidDerivative(f32x4.mul(x, b)));
  }
}

/** d/dx of the slope: b swish''(b x) */
class Curvature extends Scaled {
  @inline at(x: v128, b: v128): v128 {
    return f32x4.mul(b, Vector.swishSecondDerivative(f32x4.mul(x, b)));
  }
}

/** d/db of the slope: x swish''(b x) */
class SlopeByBeta extends Scaled {
  @inline at(x: v128, b: v128): v128 {
    return f32x4.mul(x, Vector.swishSecondDerivative(f32x4.mul(x, b)));
  }
}

/** value[i] = x[i] sigmoid(b x[i]) / 1.1 and slope[i] = its derivative, with the bits of both functions alone. */
export function lipSwishTwins(x: usize, b: usize, value: usize, slope: usize, bytes: usize): void {
  const beta = v128.load_splat<f32>(b);
  const one = f32x4.splat(1);
  for (let i: usize = 0; i < bytes; i += 16) {
    const rest = bytes - i;
    const at = rest >= 16 ? v128.load(x + i) : loadRest(x + i, rest);
    const z = f32x4.mul(at, beta);
    const e = Vector.decay(z);
    const y = f32x4.mul(at, Vector.sigmoidOf(z, e));
    const dy = Vector.swishSlope(z, e, f32x4.div(one, f32x4.add(one, e)));
    if (rest >= 16) {
      v128.store(value + i, f32x4.mul(y, f32x4.splat(perLipschitz)));
      v128.store(slope + i, f32x4.mul(dy, f32x4.splat(perLipschitz)));
    } else {
      storeRest(value + i, f32x4.mul(y, f32x4.splat(perLipschitz)), rest);
      storeRest(slope + i, f32x4.mul(dy, f32x4.splat(perLipschitz)), rest);
    }
  }
}

/** out[i] = dy[i] F(x[i], b) + ds[i] G(x[i], b), where F and G share e^-|b x|. */
function mapSum<F extends TwinSum>(dy: usize, ds: usize, x: usize, b: usize, out: usize, bytes: usize): void {
  const f = changetype<F>(0);
  const beta = v128.load_splat<f32>(b);
  const one = f32x4.splat(1);
  for (let i: usize = 0; i < bytes; i += 16) {
    const rest = bytes - i;
    const whole = rest >= 16;
    const at = whole ? v128.load(x + i) : loadRest(x + i, rest);
    const z = f32x4.mul(at, beta);
    const e = Vector.decay(z);
    const y = f.at(
      whole ? v128.load(dy + i) : loadRest(dy + i, rest),
      whole ? v128.load(ds + i) : loadRest(ds + i, rest),
      at,
      z,
      e,
      f32x4.div(one, f32x4.add(one, e)),
      beta,
    );
    const scaled = f32x4.mul(y, f32x4.splat(perLipschitz));
    if (whole) v128.store(out + i, scaled);
    else storeRest(out + i, scaled, rest);
  }
}

/** 1.1 (dy F + ds G) for four entries: z = b x, e = e^-|z| and scale = 1 / (1 + e). */
abstract class TwinSum {
  abstract at(dy: v128, ds: v128, x: v128, z: v128, e: v128, scale: v128, b: v128): v128;
}

/** dy swish'(z) + ds b swish''(z) */
class TwinsByX extends TwinSum {
  @inline at(dy: v128, ds: v128, x: v128, z: v128, e: v128, scale: v128, b: v128): v128 {
    const first = Vector.swishSlope(z, e, scale);
    const second = f32x4.mul(b, Vector.swishCurvature(z, e, scale));
    return f32x4.add(f32x4.mul(dy, first), f32x4.mul(ds, second));
  }
}

/** x (dy x sigmoid'(z) + ds swish''(z)) */
class TwinsByB extends TwinSum {
  @inline at(dy: v128, ds: v128, x: v128, z: v128, e: v128, scale: v128, _b: v128): v128 {
    const first = f32x4.mul(x, f32x4.mul(f32x4.mul(e, scale), scale));
    const second = Vector.swishCurvature(z, e, scale);
    return f32x4.mul(x, f32x4.add(f32x4.mul(dy, first), f32x4.mul(ds, second)));
  }
}

export function lipSwish(x: usize, b: usize, out: usize, bytes: usize): void {
  map<LipSwish>(x, b, out, bytes);
}
export function lipSwishSlope(x: usize, b: usize, out: usize, bytes: usize): void {
  map<Slope>(x, b, out, bytes);
}
export function lipSwishSlopeTimes(dy: usize, x: usize, b: usize, out: usize, bytes: usize): void {
  mapTimes<Slope>(dy, x, b, out, bytes);
}
export function lipSwishByBetaTimes(dy: usize, x: usize, b: usize, out: usize, bytes: usize): void {
  mapTimes<ByBeta>(dy, x, b, out, bytes);
}
export function lipSwishCurvatureTimes(dy: usize, x: usize, b: usize, out: usize, bytes: usize): void {
  mapTimes<Curvature>(dy, x, b, out, bytes);
}
export function lipSwishSlopeByBetaTimes(dy: usize, x: usize, b: usize, out: usize, bytes: usize): void {
  mapTimes<SlopeByBeta>(dy, x, b, out, bytes);
}
export function lipSwishTwinsByX(dy: usize, ds: usize, x: usize, b: usize, out: usize, bytes: usize): void {
  mapSum<TwinsByX>(dy, ds, x, b, out, bytes);
}
export function lipSwishTwinsByB(dy: usize, ds: usize, x: usize, b: usize, out: usize, bytes: usize): void {
  mapSum<TwinsByB>(dy, ds, x, b, out, bytes);
}
