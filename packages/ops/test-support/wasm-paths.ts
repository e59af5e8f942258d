// @ts-expect-error: a file, not a module; vite answers with its URL
import binary from "@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url";

/** Where a bundler serves the WebAssembly binary to a browser. */
export const wasmPaths = new URL(".", new URL(binary as string, location.href)).href;
