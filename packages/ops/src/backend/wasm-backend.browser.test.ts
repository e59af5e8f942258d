import { expect, it } from "vitest";
import { UnsupportedError } from "@invertible/errors";
import { startBackend } from "./start-backend.ts";

it("names the missing binary, and says that TensorFlow.js takes no second path in one page", async () => {
  const first = await startBackend("wasm", { wasmPaths: "/nowhere/" }).catch((e: unknown) => e);
  expect(UnsupportedError.is(first)).toBe(true);
  expect((first as Error).message).toContain("pass their folder as `wasmPaths`");

  const second = await startBackend("wasm", { wasmPaths: "/elsewhere/" }).catch((e: unknown) => e);
  expect(UnsupportedError.is(second)).toBe(true);
  expect((second as Error).message).toContain("reload the page");
});
