/** Chooses step lengths from error estimates. Errors are relative to the tolerance, so a step with an error up to 1 is accepted. */
export interface StepControl {
  /** By which factor to multiply the length after an accepted step with this error. */
  accept(error: number): number;
  /** By which factor to multiply the length of a refused step before it is tried again. */
  refuse(error: number): number;
}

/** Aims below the tolerance, so that few steps are refused. */
const safety = 0.9;
const [shrinkMost, growMost] = [0.2, 5];

/**
 * The proportional-integral control of a method whose error estimate is of order p: after errors e_(n-1) and e_n the length is
 * multiplied by 0.9 e_n^(-0.85/p) e_(n-1)^(0.2/p), within [0.2, 5]. It smooths the sequence of lengths, compared with
 * e_n^(-1/p), which is used after a refusal. The step after a refusal does not grow.
 *
 * @see Hairer, Norsett, Wanner (1993), "Solving Ordinary Differential Equations I", section II.4, whose dopri5 has these
 * exponents; Gustafsson (1991), "Control theoretic techniques for stepsize selection in explicit Runge-Kutta methods"
 */
export function stepControl(order: number): StepControl {
  let before = 1;
  let refused = false;
  const limited = (factor: number, most: number) => Math.min(most, Math.max(shrinkMost, factor));
  return {
    accept(error) {
      // An error of 0, as of constant dynamics, would make the factor infinite.
      const e = Math.max(error, 1e-10);
      const factor = safety * e ** (-0.85 / order) * before ** (0.2 / order);
      before = e;
      const most = refused ? 1 : growMost;
      refused = false;
      return limited(factor, most);
    },
    refuse(error) {
      refused = true;
      // NaN and infinity say only that the step was too long.
      return Number.isFinite(error) ? limited(safety * error ** (-1 / order), 1) : shrinkMost;
    },
  };
}
