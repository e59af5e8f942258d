import { expect, it } from "vitest";
import { startBackend } from "../backend/index.ts";
import { ones, zeros } from "../tensors/primitives.ts";
import { scaleByExp } from "./scale-by-exp.ts";

it("refuses scales that are not one for each channel", async () => {
  await startBackend("cpu");
  expect(() => scaleByExp(ones([2, 3]), zeros([2]))).toThrow(
    "scaleByExp logScale: expected [3], the last axis of x [2, 3], received [2]",
  );
  expect(() => scaleByExp(ones([2, 3]), zeros([1, 3]))).toThrow(/expected \[3\].*received \[1, 3\]/);
});
