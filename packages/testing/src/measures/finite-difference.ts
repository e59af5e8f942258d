import { add, clone, dispose, mul, tidy } from "@invertible/ops";
import type { Tensor, Variable } from "@invertible/ops";

export interface DirectionalDerivative {
  readonly value: number;
  /** How far rounding of f may have carried it. */
  readonly rounding: number;
}

/**
 * Derivative of f along `direction` at the variable's present value: central differences with steps h and h/2 and one
 * Richardson extrapolation, so the error is O(h^4). Leaves the variable as it was.
 */
export async function derivativeAlong(
  variable: Variable,
  direction: Tensor,
  step: number,
  f: () => Promise<{ value: number; rounding: number }>,
): Promise<DirectionalDerivative> {
  const start = clone(variable);
  const at = async (distance: number) => {
    const moved = tidy(() => add(start, mul(direction, distance)));
    variable.assign(moved);
    dispose(moved);
    return f();
  };
  try {
    const central = async (h: number) => {
      const [high, low] = [await at(h), await at(-h)];
      return {
        value: (high.value - low.value) / (2 * h),
        rounding: Math.max(high.rounding, low.rounding) / h,
      };
    };
    const [wide, narrow] = [await central(step), await central(step / 2)];
    return {
      value: (4 * narrow.value - wide.value) / 3,
      rounding: (4 * narrow.rounding + wide.rounding) / 3,
    };
  } finally {
    variable.assign(start);
    dispose(start);
  }
}
