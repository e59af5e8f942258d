import { gzipSync } from "node:zlib";
import { build } from "esbuild";

/** Everything that a page with residual networks may use, to model densities and to classify: not the recipes and layers of other families. */
const packages = [
  ...["residual", "trainer"].map((name) => `export * from "@invertible/${name}";\n`),
  'export { imageIDenseNet, imageIResNet, imageImplicitFlow, imageMonotoneFlow } from "@invertible/models";\n',
  'export { parameterCount, residualModelTypes, vectorIResNet } from "@invertible/models";\n',
];
const start = 'export { startWasm } from "@invertible/ops/backend/wasm";\n';

/**
 * The parts of a page, and the most kilobytes (of 1000 bytes) that each may have after minification and gzip. What is ours
 * includes the small packages that ours depend on.
 */
const limits = { packages: 75, backend: 30, tensorflow: 150 };

/**
 * Checks what a browser has to load: our packages, what the wasm backend adds to them, and TensorFlow.js.
 *
 * @param {string} place where the packages are installed
 * @returns {Promise<{ complaints: string[], notes: string[] }>}
 */
export async function checkPageSize(place) {
  const sizes = await pageSizes(place);
  const parts = /** @type {const} */ (["packages", "backend", "tensorflow"]);
  return {
    complaints: parts
      .filter((part) => sizes[part] > limits[part])
      .map((part) => `${part}: expected at most ${limits[part]} kB, received ${sizes[part].toFixed(1)} kB`),
    notes: [parts.map((part) => `${part} ${sizes[part].toFixed(1)} of ${limits[part]} kB`).join(", ")],
  };
}

/**
 * Measures the parts of a page, in kilobytes.
 *
 * @param {string} place where the packages are installed
 */
export async function pageSizes(place) {
  const without = await kilobytes(place, packages.join(""), ["@tensorflow/*"]);
  const ours = await kilobytes(place, [...packages, start].join(""), ["@tensorflow/*"]);
  const whole = await kilobytes(place, [...packages, start].join(""), []);
  return { packages: without, backend: ours - without, tensorflow: whole - ours };
}

/**
 * @param {string} place
 * @param {string} code
 * @param {readonly string[]} external
 */
export async function kilobytes(place, code, external) {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: place },
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    external: [...external],
    write: false,
    logLevel: "silent",
  });
  return outputFiles.reduce((sum, { contents }) => sum + gzipSync(contents, { level: 9 }).length, 0) / 1000;
}
