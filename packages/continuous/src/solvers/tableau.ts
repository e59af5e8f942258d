/** An explicit Runge-Kutta method: its Butcher tableau. */
export interface Tableau {
  /** The order p: halving the steps divides the error by about 2^p. */
  readonly order: number;
  /** When each stage is evaluated, as a fraction of the step. */
  readonly c: readonly number[];
  /** Row i has the weights of the earlier slopes in the point of stage i. */
  readonly a: readonly (readonly number[])[];
  /** The weights of the slopes in the result. */
  readonly b: readonly number[];
  /**
   * The weights of an error estimate, which is the result minus that of an embedded method of order p - 1. The last one is that
   * of the slope at the result, which is the first stage of the next step ("first same as last").
   */
  readonly error?: readonly number[];
}

/** The methods by name. "dopri5" is that of Dormand and Prince, "rk4" the classical one of Kutta. */
export type OdeMethod = "dopri5" | "rk4";

/**
 * @see Dormand, Prince (1980), "A family of embedded Runge-Kutta formulae"; Hairer, Norsett, Wanner (1993), "Solving Ordinary
 * Differential Equations I", table II.5.2 and II.1.2
 */
export const tableaus = {
  dopri5: {
    order: 5,
    c: [0, 1 / 5, 3 / 10, 4 / 5, 8 / 9, 1],
    a: [
      [],
      [1 / 5],
      [3 / 40, 9 / 40],
      [44 / 45, -56 / 15, 32 / 9],
      [19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729],
      [9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656],
    ],
    b: [35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84],
    error: [71 / 57600, 0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40],
  },
  rk4: {
    order: 4,
    c: [0, 1 / 2, 1 / 2, 1],
    a: [[], [1 / 2], [0, 1 / 2], [0, 0, 1]],
    b: [1 / 6, 1 / 3, 1 / 3, 1 / 6],
  },
} as const satisfies Readonly<Record<OdeMethod, Tableau>>;

/** The names of `OdeMethod`. */
export const odeMethods = Object.keys(tableaus) as OdeMethod[];
