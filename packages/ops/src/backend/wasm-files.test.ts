import * as tf from "@tensorflow/tfjs";
import "@tensorflow/tfjs-backend-wasm";
import { afterEach, describe, expect, it } from "vitest";
import { ArgumentError } from "@invertible/errors";
import { startWasm } from "./start-wasm.ts";
import { checkWasmPaths, resolveWasmPaths } from "./wasm-files.ts";
import type { WasmFiles, WasmPaths } from "./wasm-files.ts";

const plain = "tfjs-backend-wasm.wasm";
const simd = "tfjs-backend-wasm-simd.wasm";
const threaded = "tfjs-backend-wasm-threaded-simd.wasm";

/** What a browser can do, as the flags of TensorFlow.js say it. */
function pretend(simdSupported: boolean, threadsSupported: boolean): void {
  tf.env().set("WASM_HAS_SIMD_SUPPORT", simdSupported);
  tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", threadsSupported);
}
afterEach(() => pretend(true, false));

describe("a folder", () => {
  it.each<[WasmPaths, string]>([
    ["wasm", "wasm/"],
    ["/wasm/", "/wasm/"],
    [new URL("https://example.org/wasm"), "https://example.org/wasm/"],
  ])("%s ends with a slash", async (folder, expected) => {
    checkWasmPaths("here", folder);
    expect(await resolveWasmPaths("here", folder)).toBe(expected);
  });
});

describe("a map of files", () => {
  const all: WasmFiles = { [plain]: "p", [simd]: new URL("https://example.org/s"), [threaded]: "t" };
  it.each<[string, boolean, boolean, WasmFiles, string]>([
    ["a browser with threads takes threads", true, true, all, "t"],
    ["a browser with SIMD takes SIMD", true, false, all, "https://example.org/s"],
    ["an old browser takes the plain build", false, false, all, "p"],
    ["a browser with threads takes what there is", true, true, { [simd]: "s" }, "s"],
    ["any browser takes the plain build if it is alone", true, true, { [plain]: "p" }, "p"],
  ])("%s", async (_, simdSupported, threadsSupported, files, url) => {
    pretend(simdSupported, threadsSupported);
    checkWasmPaths("here", files);
    expect(await resolveWasmPaths("here", files)).toEqual({ [plain]: url, [simd]: url, [threaded]: url });
    // TensorFlow.js picks the glue code by these flags, and it must be that of the same build.
    expect(await tf.env().getAsync("WASM_HAS_MULTITHREAD_SUPPORT")).toBe(url === "t");
  });

  it("without a build for an old browser is an error that says what to add", async () => {
    pretend(false, false);
    await expect(resolveWasmPaths("here", { [simd]: "s" })).rejects.toThrow(
      /^here: expected the URL of a build that this browser can run, received those of tfjs-backend-wasm-simd.wasm; add /,
    );
  });
});

describe("wrong paths", () => {
  it.each<[string, unknown, RegExp]>([
    [
      "a file in place of a folder",
      "/assets/simd-1.wasm",
      /expected the URL of a folder, or of single files/,
    ],
    ["no text", "", /expected the URL of a folder/],
    ["a promise", Promise.resolve("x"), /received a promise; await it first/],
    ["an empty map", {}, /expected at least one URL/],
    [
      "an unknown file",
      { "tfjs-backend-wasm-smd.wasm": "x" },
      /did you mean "tfjs-backend-wasm-simd.wasm"\?/,
    ],
    ["a module in place of a URL", { [simd]: { default: "x" } }, /simd.wasm: expected a URL/],
  ])("%s", async (_, wasmPaths, message) => {
    const error = await startWasm({ wasmPaths: wasmPaths as WasmPaths }).catch((e: unknown) => e);
    expect(ArgumentError.is(error)).toBe(true);
    expect((error as Error).message).toMatch(/^startWasm: wasmPaths/);
    expect((error as Error).message).toMatch(message);
  });
});
