import * as tf from "@tensorflow/tfjs-core";
import { UnsupportedError, checkOptions, fail } from "@invertible/errors";

/** The URLs of the builds of the WebAssembly backend, by the names of their files. One that the browser can run is enough. */
export interface WasmFiles {
  /** For browsers with SIMD, which all have had since 2023. This is the build that `@invertible/wasm-kernels` makes faster. */
  readonly "tfjs-backend-wasm-simd.wasm"?: string | URL;
  /** For pages with cross-origin isolation, where it runs on all processors. `@invertible/wasm-kernels` makes it faster too. */
  readonly "tfjs-backend-wasm-threaded-simd.wasm"?: string | URL;
  /** For older browsers. */
  readonly "tfjs-backend-wasm.wasm"?: string | URL;
}
/** The URL of the folder that holds all .wasm files, or the URLs of single files. */
export type WasmPaths = string | URL | WasmFiles;

type Build = keyof WasmFiles;

/** What a build needs of the browser, as the flags of TensorFlow.js say it, the best build first. */
const builds: readonly { readonly file: Build; readonly simd: boolean; readonly threads: boolean }[] = [
  { file: "tfjs-backend-wasm-threaded-simd.wasm", simd: true, threads: true },
  { file: "tfjs-backend-wasm-simd.wasm", simd: true, threads: false },
  { file: "tfjs-backend-wasm.wasm", simd: false, threads: false },
];

/** @throws ArgumentError for anything but a folder, or a map with at least one URL. */
export function checkWasmPaths(where: string, wasmPaths: WasmPaths): void {
  if (typeof wasmPaths === "string" || wasmPaths instanceof URL) {
    const folder = String(wasmPaths);
    const isFile = /\.wasm$/.test(folder) || folder.startsWith("data:");
    if (folder === "" || isFile)
      fail(
        where,
        `the URL of a folder, or of single files as in { "tfjs-backend-wasm-simd.wasm": url }`,
        folder,
      );
    return;
  }
  checkOptions<WasmFiles>(where, wasmPaths, {
    "tfjs-backend-wasm-simd.wasm": "optional",
    "tfjs-backend-wasm-threaded-simd.wasm": "optional",
    "tfjs-backend-wasm.wasm": "optional",
  });
  for (const [file, url] of Object.entries(wasmPaths))
    if (!(url instanceof URL) && (typeof url !== "string" || url === ""))
      fail(`${where}: ${file}`, "a URL", url);
  if (Object.keys(wasmPaths).length === 0) fail(where, "at least one URL", wasmPaths);
}

/**
 * The paths in the form that TensorFlow.js wants: a folder that ends with "/", or one URL for every build. TensorFlow.js takes the best build
 * that the browser can run, and asks for it even if it has no URL. Where there is a map, this chooses among its builds only.
 * The package of the backend must have been imported.
 *
 * @throws UnsupportedError if this browser can run none of them.
 */
export async function resolveWasmPaths(
  where: string,
  wasmPaths: WasmPaths,
): Promise<string | Record<Build, string>> {
  if (typeof wasmPaths === "string" || wasmPaths instanceof URL)
    return String(wasmPaths).replace(/\/?$/, "/");
  const flags = tf.env();
  const simd = Boolean(await flags.getAsync("WASM_HAS_SIMD_SUPPORT"));
  const threads = simd && Boolean(await flags.getAsync("WASM_HAS_MULTITHREAD_SUPPORT"));
  const chosen = builds.find(
    (build) => wasmPaths[build.file] !== undefined && (simd || !build.simd) && (threads || !build.threads),
  );
  if (!chosen) {
    throw new UnsupportedError(
      `${where}: expected the URL of a build that this browser can run, received those of ${Object.keys(wasmPaths).join(", ")}; ` +
        "add tfjs-backend-wasm.wasm, which runs in all of them",
    );
  }
  flags.set("WASM_HAS_SIMD_SUPPORT", chosen.simd);
  flags.set("WASM_HAS_MULTITHREAD_SUPPORT", chosen.threads);
  // TensorFlow.js refuses a map that lacks a file. It never asks for the others now.
  const url = String(wasmPaths[chosen.file]);
  return Object.fromEntries(builds.map(({ file }) => [file, url])) as Record<Build, string>;
}
