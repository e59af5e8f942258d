/** What makes training steps: one native graph for each, or TensorFlow.js operation by operation. */
export const engineNames = ["captured", "eager"] as const;

export type EngineName = (typeof engineNames)[number];
