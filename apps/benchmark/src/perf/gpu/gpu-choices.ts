/** What `npm run perf -- --gpu` can measure: points of the plane, images, and images with a network of the published size. */
export const gpuCaseNames = ["2d", "images", "published"] as const;
export type GpuCaseName = (typeof gpuCaseNames)[number];

/** Where it runs. On "cpu", renderers in software count as adapters and PyTorch computes on the processor. */
export const gpuDevices = ["gpu", "cpu"] as const;

export interface GpuChoices {
  readonly device: (typeof gpuDevices)[number];
  readonly budgetSeconds: number;
  readonly cases: readonly GpuCaseName[];
  /** The Python to look for PyTorch in; undefined for the usual places, "none" to leave PyTorch out. */
  readonly python: string | undefined;
  /** Timed steps of each program. */
  readonly steps: number;
}
