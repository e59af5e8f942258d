import { expect, it } from "vitest";
import { UnsupportedError } from "@invertible/errors";
import { startWasm } from "./start-wasm.ts";

it("names the missing binary, and says that TensorFlow.js takes no second path in one page", async () => {
  const first = await startWasm({ wasmPaths: "/nowhere/" }).catch((e: unknown) => e);
  expect(UnsupportedError.is(first)).toBe(true);
  expect((first as Error).message).toMatch(/^startWasm: .*the option `wasmPaths` says where/);

  const second = await startWasm({ wasmPaths: "/elsewhere/" }).catch((e: unknown) => e);
  expect(UnsupportedError.is(second)).toBe(true);
  expect((second as Error).message).toContain("reload the page");
});
