import type { Bijection } from "@invertible/bijection";
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

const dense = () =>
  continuousBlock({ dynamics: denseDynamics({ features: 2, hidden: [3], random }), ...little });
const image = () =>
  continuousBlock({
    dynamics: convDynamics({ inputShape: [2, 2, 1], hidden: [2], random }),
    ...little,
    gradient: "whole",
  });
const types = continuousTypes;

// INVERTIBLE_LONG_TESTS=1: every law, in two minutes. They hold on cpu and wasm in every run.
if (process.env["INVERTIBLE_LONG_TESTS"] === "1")
  describeBijection("continuousBlock, dense", dense, { types, backends: ["webgpu"], timeout });

describe("values and log-dets on webgpu", () => {
  beforeAll(() => startBackend("webgpu"));

  it.each<[string, () => Bijection, LawName]>([
    ["continuousBlock, dense", dense, "round trip"],
    ["continuousBlock, dense", dense, "log-det"],
    ["continuousBlock, dense", dense, "inverse log-det"],
    ["continuousBlock, images", image, "round trip"],
    ["continuousBlock, images", image, "log-det"],
  ])("%s", { timeout }, async (_, factory, law) => {
    expect((await checkLaw(law, factory, { types })).held).toBe(true);
  });
});
