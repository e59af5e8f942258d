import * as tf from "@tensorflow/tfjs";
import { describe, expect, it } from "vitest";
import { ArgumentError, UnsupportedError } from "@invertible/errors";
import { loadPackage } from "@invertible/errors";
import type { BackendName } from "./backend-info.ts";
import { startBackend } from "./start-backend.ts";
import { startCpu } from "./start-cpu.ts";
import { startWasm } from "./start-wasm.ts";

describe("startBackend", () => {
  it.each(["cpu", "wasm"] as const)("makes %s the current backend and computes with it", async (name) => {
    expect(await startBackend(name)).toEqual({ name });
    expect(tf.getBackend()).toBe(name);
    const product = tf.matMul([[1, 2]], [[3], [4]]);
    expect([...(await product.data())]).toEqual([11]);
    product.dispose();
  });

  it("is one of the starts that have an entry of their own", async () => {
    await startBackend("wasm");
    const before = tf.backend();
    expect(await startCpu()).toEqual({ name: "cpu" });
    expect(tf.getBackend()).toBe("cpu");
    expect(await startWasm()).toEqual({ name: "wasm" });
    expect(tf.backend()).toBe(before);
  });

  it("switches back and forth, and tensors survive", async () => {
    await startBackend("wasm");
    const x = tf.tensor([1, 2, 3]);
    const before = tf.backend();
    await startBackend("cpu");
    expect([...(await x.data())]).toEqual([1, 2, 3]);
    await startBackend("wasm");
    expect(tf.backend()).toBe(before);
    expect([...(await x.data())]).toEqual([1, 2, 3]);
    x.dispose();
  });

  it("survives concurrent calls", async () => {
    const infos = await Promise.all([startBackend("wasm"), startBackend("wasm")]);
    expect(infos).toEqual([{ name: "wasm" }, { name: "wasm" }]);
    expect(tf.getBackend()).toBe("wasm");
  });

  it("lists the known names for an unknown one and keeps the current backend", async () => {
    await startBackend("cpu");
    const error = await startBackend("cuda" as BackendName).catch((e: unknown) => e);
    expect(ArgumentError.is(error)).toBe(true);
    expect((error as Error).message).toBe(
      'startBackend: name: expected one of cpu, wasm, webgpu, received "cuda"',
    );
    expect(tf.getBackend()).toBe("cpu");
  });
});

describe("loadPackage", () => {
  it("names an absent package and how to install it", async () => {
    const absent = "@invertible/no-such-package";
    const error = await loadPackage("startWasm", absent, () => import(/* @vite-ignore */ absent)).catch(
      (e: unknown) => e,
    );
    expect(UnsupportedError.is(error)).toBe(true);
    expect((error as Error).message).toBe(
      `startWasm: expected the package "${absent}", received none; run: npm install ${absent}`,
    );
  });

  it("does not call a package absent because a file inside it is", async () => {
    const broken = Object.assign(new Error("Cannot find module '/a/webgpu/dist/riscv/dawn.node'"), {
      code: "MODULE_NOT_FOUND",
    });
    const error = await loadPackage("startWebgpu", "webgpu", () => Promise.reject(broken)).catch(
      (e: unknown) => e,
    );
    expect((error as Error).message).toBe(
      'startWebgpu: expected the package "webgpu", received an error while it loaded: ' +
        "Cannot find module '/a/webgpu/dist/riscv/dawn.node'",
    );
    expect((error as Error).cause).toBe(broken);
  });
});
