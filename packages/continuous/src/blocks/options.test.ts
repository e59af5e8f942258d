import { ArgumentError, ShapeError } from "@invertible/errors";
import { createRandom, memory } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { beforeAll, expect, it } from "vitest";
import { continuousBlock, convDynamics, denseDynamics, exactTrace, hutchinsonTrace } from "../index.ts";
import type { ContinuousBlockOptions, Dynamics } from "../index.ts";

beforeAll(() => startBackend("wasm"));

const random = createRandom(1);
/** Dynamics of so many numbers, which are never evaluated. */
const of = (features: number): Dynamics => ({
  inputShape: [features],
  conditionFeatures: 0,
  parameters: {},
  config: { dynamics: "none" },
  at: () => {
    throw new Error("not evaluated");
  },
});
const block = (more: object = {}) => continuousBlock({ dynamics: of(2), ...more } as ContinuousBlockOptions);

it.each<[string, () => unknown, RegExp]>([
  [
    "an option that is misspelt",
    () => block({ step: 3 }),
    /continuousBlock: .*received "step"; did you mean "steps"\?/,
  ],
  [
    "no dynamics",
    () => continuousBlock({} as ContinuousBlockOptions),
    /expected the option dynamics, received none/,
  ],
  [
    "something else as dynamics",
    () => block({ dynamics: 3 }),
    /dynamics: expected dynamics such as denseDynamics/,
  ],
  [
    "no time",
    () => block({ time: 0 }),
    /continuousBlock: time: expected a number in \(0, 1000\], received 0/,
  ],
  [
    "steps that are no integer",
    () => block({ steps: 2.5 }),
    /steps: expected an integer from 1 to 1000, received 2.5/,
  ],
  [
    "more steps than anybody waits for",
    () => block({ steps: 1e9 }),
    /steps: expected an integer from 1 to 1000/,
  ],
  [
    "an unknown method",
    () => block({ method: "euler" }),
    /method: expected one of dopri5, rk4, received "euler"/,
  ],
  [
    "an unknown gradient",
    () => block({ gradient: "adjoint" }),
    /gradient: expected one of checkpointed, whole/,
  ],
  [
    "something else as trace",
    () => block({ trace: "exact" }),
    /trace: expected an estimator such as exactTrace/,
  ],
  [
    "the exact trace of many dimensions",
    () => block({ dynamics: of(65) }),
    /trace: numbers per example: expected at most maxDimension = 64; use hutchinsonTrace\(\), or raise it, received 65/,
  ],
  [
    "probes and steps that together take too long",
    () => block({ steps: 1000, evaluationTrace: hutchinsonTrace({ probes: 101 }) }),
    /evaluationTrace: expected at most 100 vectors with 1000 steps, received 101/,
  ],
  [
    "probes larger than memory",
    () => block({ dynamics: of(2 ** 21), trace: hutchinsonTrace({ probes: 100 }) }),
    /probes: expected at most 32 of 2097152 numbers each, received 100/,
  ],
  [
    "no probes",
    () => hutchinsonTrace({ probes: 0 }),
    /hutchinsonTrace: probes: expected an integer from 1 to 1000/,
  ],
  [
    "an unknown distribution",
    () => hutchinsonTrace({ distribution: "uniform" as "gaussian" }),
    /distribution: expected one of gaussian, rademacher, received "uniform"/,
  ],
  [
    "too many dimensions",
    () => exactTrace({ maxDimension: 2000 }),
    /exactTrace: maxDimension: .*from 1 to 1024/,
  ],
  [
    "no hidden layer",
    () => denseDynamics({ features: 2, hidden: [], random }),
    /denseDynamics: hidden: expected from 1 to 1000 widths/,
  ],
  [
    "an unknown activation",
    () => denseDynamics({ features: 2, hidden: [3], activation: "cosh" as "tanh", random }),
    /denseDynamics: activation: expected one of/,
  ],
  ["no features", () => denseDynamics({ features: 0, hidden: [3], random }), /denseDynamics: features/],
  [
    "conditions of half a feature",
    () => denseDynamics({ features: 1, hidden: [3], conditionFeatures: 0.5, random }),
    /denseDynamics: conditionFeatures: expected an integer from 0/,
  ],
  ["no key", () => denseDynamics({ features: 1, hidden: [3], random: 7 as never }), /denseDynamics: random/],
  [
    "images without channels",
    () => convDynamics({ inputShape: [4, 4], hidden: [3], random }),
    /convDynamics: inputShape: expected \[H, W, channels\], received \[4, 4\]/,
  ],
])("refuses %s, and leaves nothing behind", (_, make, message) => {
  const before = memory().numTensors;
  const error = (() => {
    try {
      return make();
    } catch (reason) {
      return reason;
    }
  })();
  expect((error as Error).message).toMatch(message);
  expect(ArgumentError.is(error) || ShapeError.is(error)).toBe(true);
  expect(memory().numTensors).toBe(before);
});
