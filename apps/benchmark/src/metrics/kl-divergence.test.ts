import { expect, it } from "vitest";
import type { Measurements } from "../job/measurements.ts";
import { klDivergence } from "./kl-divergence.ts";

const measured = (entropy?: { value: number; uncertainty: number }) =>
  klDivergence.measure({
    data: entropy ? { entropy } : {},
    tested: () => Promise.resolve({ meanNll: 2.5, standardError: 0.01 }),
  } as unknown as Measurements);

it("the KL divergence is the test NLL minus the entropy, and unknown where the entropy is", async () => {
  const value = await measured({ value: 2.25, uncertainty: 1e-6 });
  expect(value).toEqual({ value: 0.25, standardError: 0.01 });
  expect(klDivergence.text([value], "nats")).toBe("0.250 ± 0.010");
  expect(klDivergence.text([await measured()], "nats")).toBe("unknown");
});

it("the KL divergence applies to points of the plane and not to images", () => {
  expect(klDivergence.appliesTo({ task: "density", kind: "plane" })).toBe(true);
  expect(klDivergence.appliesTo({ task: "density", kind: "image" })).toBe(false);
});
