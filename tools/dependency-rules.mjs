/**
 * What each package's sources may import of the others. Dependencies run one way:
 *
 *     wasm-kernels <- ops <- bijection <- { spectral-norm, log-det } <- residual
 *                      ^      ^--------- layers, coupling, flow <- trainer
 *                      +---- certificates <- spectral-norm
 *     models: everything that makes a model.   testing: the laws of a bijection.   datasets: nothing.
 *
 * @type {Readonly<Record<string, readonly string[]>>}
 */
export const internalDependencies = {
  "wasm-kernels": [],
  ops: ["wasm-kernels"],
  bijection: ["ops"],
  certificates: ["ops"],
  "spectral-norm": ["ops", "bijection", "certificates"],
  "log-det": ["ops", "bijection"],
  residual: ["ops", "bijection", "spectral-norm", "log-det"],
  layers: ["ops", "bijection"],
  coupling: ["ops", "bijection"],
  flow: ["ops", "bijection"],
  trainer: ["ops", "bijection", "flow"],
  models: ["ops", "bijection", "spectral-norm", "log-det", "residual", "layers", "coupling", "flow"],
  datasets: [],
  testing: ["ops", "bijection"],
};
