// Prints as JSON how many kilobytes a page loads, after minification and gzip: the parts of a page that uses residual
// networks on wasm, and every package with what it needs of ours. Measured on the built workspace.
import { join } from "node:path";
import { publishedPackages } from "./packages/pack.mjs";
import { kilobytes, pageSizes } from "./packages/page-size.mjs";
import { root } from "./run/repository.mjs";

// The benchmark depends on all packages of the page.
const { packages, backend, tensorflow } = await pageSizes(join(root, "apps/benchmark"));
/** @type {Record<string, number>} */
const sizes = {
  "a page with residual networks: our packages": packages,
  "a page with residual networks: the wasm backend": backend,
  "a page with residual networks: TensorFlow.js": tensorflow,
};
for (const { name, folder, manifest } of publishedPackages()) {
  // Pages load neither a kit for tests nor what runs in Node alone.
  const { vitest, "onnxruntime-node": runtime } = manifest.peerDependencies ?? {};
  if (vitest !== undefined || runtime !== undefined) continue;
  const code = 'export * from "./dist/index.js";\n';
  sizes[name] = await kilobytes(join(root, folder), code, ["@tensorflow/*"]);
}
console.log(JSON.stringify(sizes, undefined, 2));
