import { UnsupportedError } from "@invertible/errors";
import { dispose, exp, memory, ones } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { expect, it, vi } from "vitest";
import { captureFunction } from "../index.ts";

vi.mock("onnxruntime-node", () => {
  const message = "Cannot find package 'onnxruntime-node' imported from here";
  throw Object.assign(new Error(message), { code: "ERR_MODULE_NOT_FOUND" });
});

it("captureFunction says what is missing without onnxruntime-node, and leaves nothing behind", async () => {
  await startBackend("wasm");
  const x = ones([2, 3]);
  const before = memory().numTensors;
  const captured = captureFunction((x: Tensor) => exp(x), [x]);
  await expect(captured).rejects.toThrow(UnsupportedError);
  await expect(captured).rejects.toThrow(
    /^captureFunction: expected the package "onnxruntime-node", received/,
  );
  expect(memory().numTensors).toBe(before);
  dispose(x);
});
