import { createRandom } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { describeBijection } from "@invertible/testing";
import { checkLaw } from "@invertible/testing/laws";
import type { LawName } from "@invertible/testing/laws";
import { beforeAll, describe, expect, it } from "vitest";
import { continuousBlock, continuousTypes, convDynamics, denseDynamics } from "../index.ts";

const random = createRandom(21);
// Little, because a software renderer takes up to a millisecond for each operation.
const little = { time: 0.25, method: "rk4", steps: 1 } as const;
/** Milliseconds. */
const timeout = 600_000;

describeBijection(
  "continuousBlock, dense",
  () => continuousBlock({ dynamics: denseDynamics({ features: 2, hidden: [3], random }), ...little }),
  { types: continuousTypes, backends: ["webgpu"], timeout },
);

describe("continuousBlock, images, recorded as a whole on webgpu", () => {
  beforeAll(() => startBackend("webgpu"));
  const dynamics = () => convDynamics({ inputShape: [2, 2, 1], hidden: [2], random });

  // Convolutions and their derivatives are tested on webgpu where they are defined, and everything else by the dense block above.
  it.each<LawName>(["round trip", "log-det", "inverse log-det"])("%s", { timeout }, async (law) => {
    const result = await checkLaw(
      law,
      () => continuousBlock({ dynamics: dynamics(), ...little, gradient: "whole" }),
      { types: continuousTypes },
    );
    expect(result.held).toBe(true);
  });
});
