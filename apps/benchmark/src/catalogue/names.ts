/** The names a command line may use. Kept apart from the code behind them, which loads TensorFlow.js. */
export const presetNames = ["quick", "mnist"] as const;
export const modelNames = ["i-resnet", "glow"] as const;
export const planeNames = ["moons", "checkerboard", "8gaussians", "2spirals"] as const;
const imageNames = ["glyphs", "mnist"] as const;
export const datasetNames = [...planeNames, ...imageNames] as const;
export const backendNames = ["wasm", "webgpu", "cpu"] as const;

export type PresetName = (typeof presetNames)[number];
export type ModelName = (typeof modelNames)[number];
export type PlaneName = (typeof planeNames)[number];
export type DatasetName = (typeof datasetNames)[number];
export type BackendName = (typeof backendNames)[number];

export function isPlane(dataset: DatasetName): dataset is PlaneName {
  return planeNames.some((name) => name === dataset);
}
