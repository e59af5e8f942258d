/** Where tensors can be computed. Apart from the code behind the names, which loads TensorFlow.js. */
export const backendNames = ["wasm", "webgpu", "cpu"] as const;

export type BackendName = (typeof backendNames)[number];
