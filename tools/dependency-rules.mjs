/**
 * What each package's sources may import of the others. Dependencies run one way:
 *
 *     errors <- { wasm-kernels <- } ops <- bijection <- { spectral-norm, log-det } <- residual
 *        ^                                     ^--------- layers, coupling, continuous, flow <- trainer <- capture
 *        +---- certificates <- spectral-norm         { layers, flow } <- classifier <- trainer
 *     models: everything that makes a model.   testing: the laws of a bijection.   datasets: errors only.
 *
 * Every package may import `errors`.
 *
 * @type {Readonly<Record<string, readonly string[]>>}
 */
export const internalDependencies = {
  errors: [],
  "wasm-kernels": ["errors"],
  ops: ["errors", "wasm-kernels"],
  bijection: ["errors", "ops"],
  certificates: ["errors"],
  "spectral-norm": ["errors", "ops", "bijection", "certificates"],
  "log-det": ["errors", "ops", "bijection"],
  residual: ["errors", "ops", "bijection", "spectral-norm", "log-det"],
  layers: ["errors", "ops", "bijection"],
  coupling: ["errors", "ops", "bijection"],
  continuous: ["errors", "ops", "bijection"],
  flow: ["errors", "ops", "bijection"],
  classifier: ["errors", "ops", "bijection", "layers", "flow"],
  trainer: ["errors", "ops", "bijection", "flow", "classifier"],
  capture: ["errors", "ops", "bijection", "flow", "trainer"],
  models: [
    "errors",
    "ops",
    "bijection",
    "spectral-norm",
    "log-det",
    "residual",
    "layers",
    "coupling",
    "continuous",
    "flow",
    "classifier",
  ],
  datasets: ["errors"],
  testing: ["errors", "ops", "bijection"],
};
