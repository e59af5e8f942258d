/** Differential equations whose solutions are known. */
import { cos, matMul, mul, sin, tensor, tidy, tile } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import type { Dynamics } from "../src/index.ts";

/** dz/dt = z A by rows: z(T) = z(0) exp(T A), and the log-det is T tr(A). */
export function linear(a: readonly (readonly number[])[]): Dynamics {
  const times = (v: Tensor) => tidy(() => matMul(v, tensor(a.map((row) => [...row]))));
  return known(a.length, () => ({
    value: times,
    linearise: (z) => ({ value: times(z), jvp: times }),
  }));
}

/**
 * dz/dt = k cos(t) sin(z), number by number: tan(z(T)/2) = tan(z(0)/2) exp(k sin T). The derivative of z(T) by z(0) is
 * sin(z(T)) / sin(z(0)).
 */
export function pendulum(features: number, k = 1): Dynamics {
  return known(features, (t) => {
    const value = (z: Tensor) => tidy(() => mul(sin(z), k * Math.cos(t)));
    return {
      value,
      linearise: (z) => {
        const slope = mul(cos(z), k * Math.cos(t));
        const jvp = (v: Tensor) => tidy(() => mul(v, tile(slope, [v.shape[0]! / z.shape[0]!, 1])));
        return { value: value(z), jvp };
      },
    };
  });
}

/** The solution of `pendulum` and its log-det for one number. */
export function pendulumSolution(z: number, time: number, k = 1): { z: number; logDet: number } {
  const end = 2 * Math.atan(Math.tan(z / 2) * Math.exp(k * Math.sin(time)));
  return { z: end, logDet: Math.log(Math.sin(end) / Math.sin(z)) };
}

/** exp(A) by its series, which suits small matrices. */
export function matrixExponential(a: readonly (readonly number[])[]): number[][] {
  const identity: number[][] = a.map((_, i) => a.map((__, j) => (i === j ? 1 : 0)));
  const total = identity.map((row) => [...row]);
  let term = identity;
  for (let k = 1; k <= 60; k++) {
    term = term.map((row) => a.map((_, j) => row.reduce((sum, x, i) => sum + x * a[i]![j]!, 0) / k));
    term.forEach((row, i) => row.forEach((x, j) => (total[i]![j]! += x)));
  }
  return total;
}

function known(features: number, at: Dynamics["at"]): Dynamics {
  return {
    inputShape: [features],
    conditionFeatures: 0,
    parameters: {},
    config: { dynamics: "known" },
    at,
  };
}
