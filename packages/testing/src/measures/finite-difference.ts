import { add, clone, dispose, mul, tidy } from "@invertible/ops";
import type { Tensor, Variable } from "@invertible/ops";
import { numbersOf } from "./numbers.ts";

/** f, and how far rounding may have carried it. */
export type Measured = { readonly value: number; readonly rounding: number };

export interface Disagreement {
  /** Derivative by finite differences minus the one that the gradient says, along the direction. */
  readonly error: number;
  /** How far rounding of f may have carried it. */
  readonly rounding: number;
}

/**
 * How far `gradient` is from the derivative of f along a direction, at the variable's present value. What it says is taken along the
 * step that float32 makes, not along the one that was wished for: beside a large number a small step is rounded off.
 */
export class FiniteDifference {
  readonly #start: Tensor;
  readonly #from: Float32Array;

  private constructor(
    readonly variable: Variable,
    readonly direction: Tensor,
    readonly gradient: ArrayLike<number>,
    readonly f: () => Promise<Measured>,
    start: Tensor,
    from: Float32Array,
  ) {
    this.#start = start;
    this.#from = from;
  }

  /** Runs `use`, and leaves the variable as it was. */
  static async along<T>(
    variable: Variable,
    direction: Tensor,
    gradient: ArrayLike<number>,
    f: () => Promise<Measured>,
    use: (difference: FiniteDifference) => Promise<T>,
  ): Promise<T> {
    const start = clone(variable);
    try {
      return await use(new FiniteDifference(variable, direction, gradient, f, start, await numbersOf(start)));
    } finally {
      variable.assign(start);
      dispose(start);
    }
  }

  /** Central differences with steps h and h/2 and one Richardson extrapolation, so the error is O(h^4). */
  async central(step: number): Promise<Disagreement> {
    const [wide, narrow] = [await this.#central(step), await this.#central(step / 2)];
    return {
      error: (4 * narrow.error - wide.error) / 3,
      rounding: (4 * narrow.rounding + wide.rounding) / 3,
    };
  }

  /** Of the derivatives to the left and to the right, which differ at a kink. */
  async oneSided(step: number): Promise<readonly [left: Disagreement, right: Disagreement]> {
    const [low, middle, high] = [
      await this.#remainder(-step),
      await this.#remainder(0),
      await this.#remainder(step),
    ];
    const between = (a: Measured, b: Measured): Disagreement => ({
      error: (b.value - a.value) / step,
      rounding: (a.rounding + b.rounding) / step,
    });
    return [between(low, middle), between(middle, high)];
  }

  async #central(h: number): Promise<Disagreement> {
    const [high, low] = [await this.#remainder(h), await this.#remainder(-h)];
    return {
      error: (high.value - low.value) / (2 * h),
      rounding: Math.max(high.rounding, low.rounding) / h,
    };
  }

  /** f at a distance, without what the gradient says about the way there. */
  async #remainder(distance: number): Promise<Measured> {
    const moved = tidy(() => add(this.#start, mul(this.direction, distance)));
    this.variable.assign(moved);
    const to = await numbersOf(moved);
    dispose(moved);
    let expected = 0;
    for (let i = 0; i < to.length; i++) expected += this.gradient[i]! * (to[i]! - this.#from[i]!);
    const { value, rounding } = await this.f();
    return { value: value - expected, rounding };
  }
}
