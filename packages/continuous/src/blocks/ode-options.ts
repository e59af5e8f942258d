import { checkChoice, checkIntegerFrom, fail } from "@invertible/errors";
import { odeGradients } from "../solvers/fixed-grid.ts";
import type { OdeGradient } from "../solvers/fixed-grid.ts";
import { odeMethods } from "../solvers/tableau.ts";
import type { OdeMethod } from "../solvers/tableau.ts";
import type { TraceEstimator } from "../traces/trace-estimator.ts";

/** How a block integrates. */
export interface OdeOptions {
  /** The end T of the time interval [0, T]. Default 1. */
  readonly time?: number;
  /** The Runge-Kutta method of `forward` and `inverse`. Default "dopri5". */
  readonly method?: OdeMethod;
  /** The number of steps that `forward` and `inverse` make, all of the length T / steps. Default 8, at most 1000. */
  readonly steps?: number;
  /** How a solve is differentiated: "checkpointed" (default) or "whole". See `OdeGradient`. */
  readonly gradient?: OdeGradient;
}

/** A solve of more steps takes seconds of the smallest network. */
const mostSteps = 1000;
/** Steps times vectors of the trace, for the same reason. */
const mostProducts = 100_000;

/**
 * Checks the options and fills in their defaults.
 *
 * @throws ArgumentError naming the option that is out of range.
 */
export function odePlan(where: string, options: OdeOptions): Required<OdeOptions> {
  const { time = 1, method = "dopri5", steps = 8, gradient = "checkpointed" } = options;
  // Beyond this, float32 no longer tells the times of small steps apart.
  if (typeof time !== "number" || !(time > 0 && time <= 1000))
    fail(`${where}: time`, "a number in (0, 1000]", time);
  checkChoice(`${where}: method`, method, odeMethods);
  checkSteps(`${where}: steps`, steps);
  checkChoice(`${where}: gradient`, gradient, odeGradients);
  return { time, method, steps, gradient };
}

/** @throws ArgumentError for a number of steps that nobody waits for. */
export function checkSteps(where: string, steps: number): void {
  checkIntegerFrom(where, steps, 1, mostSteps);
}

/** @throws ArgumentError for an estimator that does not suit examples of so many numbers, or takes too long with so many steps. */
export function checkTrace(where: string, trace: TraceEstimator, dimension: number, steps: number): void {
  trace.check(where, dimension);
  const count = trace.count(dimension);
  if (count * steps > mostProducts)
    fail(where, `at most ${Math.floor(mostProducts / steps)} vectors with ${steps} steps`, count);
}
