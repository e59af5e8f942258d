import { beforeAll, describe, it } from "vitest";
import { startBackend } from "./backend/index.ts";
import { derivativeCases } from "./derivative-cases.test-support.ts";
import { checkDerivatives } from "./derivative-check.test-support.ts";

/** What the WebGPU standard leaves to the hardware: sin and cos to an absolute error of 2^-11. */
const tolerances: Readonly<Record<string, number>> = { sin: 5e-3, cos: 5e-3 };

describe("values, first, second and third derivatives on webgpu", () => {
  beforeAll(() => startBackend("webgpu"));
  it.each(derivativeCases)("$name", (derivativeCase) =>
    checkDerivatives(derivativeCase, tolerances[derivativeCase.name]),
  );
});
