import { Vector, loadRest, storeRest } from "./vector";

/** F(x, b) for four x at a time and one b. */
abstract class Scaled {
  abstract at(x: v128, b: v128): v128;
}

/** 1 / 1.1 */
const scale: f32 = 0.90909091;

/** out[i] = F(x[i], b) / 1.1, with the address of b. */
function map<F extends Scaled>(x: usize, b: usize, out: usize, bytes: usize): void {
  const f = changetype<F>(0);
  const beta = v128.load_splat<f32>(b);
  for (let i: usize = 0; i < bytes; i += 16) {
    const rest = bytes - i;
    const y = f32x4.mul(
      f.at(rest >= 16 ? v128.load(x + i) : loadRest(x + i, rest), beta),
      f32x4.splat(scale),
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
      f32x4.splat(scale),
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
