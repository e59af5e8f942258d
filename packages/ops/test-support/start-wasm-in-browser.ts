// @ts-expect-error: a file, not a module; vite answers with its URL
import binary from "@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url";
import { startWasm } from "../src/backend/start-wasm.ts";
import type { BackendInfo } from "../src/backend/start-wasm.ts";

/** Starts wasm with the binary where a bundler serves it. */
export const startWasmInBrowser = (): Promise<BackendInfo> =>
  startWasm({ wasmPaths: { "tfjs-backend-wasm-simd.wasm": new URL(binary as string, location.href) } });
