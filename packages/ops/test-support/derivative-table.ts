import { beforeEach, describe, it } from "vitest";
import { startBackend } from "../src/backend/index.ts";
import type { BackendInfo, BackendName } from "../src/backend/index.ts";
import { derivativeCases } from "./derivative-cases.ts";
import { checkDerivatives } from "./derivative-check.ts";

/** Where a backend is allowed more than float32 rounding, by the name of the case. */
const tolerances: Partial<Record<BackendName, Readonly<Record<string, number>>>> = {
  // What the WebGPU standard leaves to the hardware: sin and cos to an absolute error of 2^-11.
  webgpu: { sin: 5e-3, cos: 5e-3 },
};

/** Every case of the table of derivatives as a test on one backend, in Node or in a browser. */
export function describeDerivatives(
  backend: BackendName,
  start: () => Promise<BackendInfo> = () => startBackend(backend),
): void {
  describe(`values, first, second and third derivatives on ${backend}`, () => {
    // Each: a case that fails half-way may leave another backend.
    beforeEach(start);
    it.each(derivativeCases)("$name", (derivativeCase) =>
      checkDerivatives(derivativeCase, tolerances[backend]?.[derivativeCase.name]),
    );
  });
}
