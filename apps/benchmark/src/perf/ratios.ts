import { startBackend } from "@invertible/ops/backend";
import { engines } from "./engines.ts";
import { depths, fullSize, gradientModes } from "./gradients/gradient-modes.ts";
import { measureGradients } from "./gradients/measure-gradients.ts";
import { performanceCases } from "./steps/cases.ts";
import { measureCase } from "./steps/measure-case.ts";

/** How one way of doing the same compares with another, both measured in turn. */
export interface Ratio {
  readonly what: string;
  readonly value: number;
  /** The value above which something is wrong. */
  readonly limit: number;
}

/**
 * Measures what the faster and smaller ways of this project gain. Times of a busy machine say nothing, but ratios of steps that are made in
 * turn do. Times were seen at 0.35, 0.55 and 1.02 of the other way. Their limits leave room for a busy machine. Memory
 * is counted, was seen at 0.07, and is the same on every machine.
 *
 * @throws Error where one of the programs fails.
 */
export async function measureRatios(): Promise<Ratio[]> {
  await startBackend("wasm");
  const [series, neumann, checkpointed] = await measureGradients(
    [gradientModes[1], gradientModes[2], gradientModes[3]],
    fullSize,
  );
  const deep = depths.length - 1;
  return [
    await capturedToWasm(),
    {
      what: "time of a step with Neumann gradients, to one that differentiates every term",
      value: neumann!.milliseconds / series!.milliseconds,
      limit: 0.75,
    },
    {
      what: "memory of a step with checkpointed gradients, to one with everything on one tape",
      value: checkpointed!.peaks[deep]! / neumann!.peaks[deep]!,
      limit: 0.15,
    },
    {
      what: "time of a step with checkpointed gradients, to one with everything on one tape",
      value: checkpointed!.milliseconds / neumann!.milliseconds,
      limit: 1.6,
    },
  ];
}

/** Of the i-ResNet on images in the published layout, by the fastest step of each. */
async function capturedToWasm(): Promise<Ratio> {
  const published = performanceCases.find(({ programs }) => programs.length > 1)!;
  const chosen = engines.filter(({ name, threads }) => threads === 1 && ["wasm", "captured"].includes(name));
  const { microBatchSize: _, ...whole } = published;
  const { variants } = await measureCase(
    { ...whole, programs: whole.programs.slice(0, 1) },
    chosen,
    undefined,
    4,
  );
  const [wasm, captured] = variants.map((variant) => {
    if ("failure" in variant) throw new Error(`${variant.name}: ${variant.failure}`);
    return variant.milliseconds.minimum;
  });
  return { what: "time of a captured step, to one on wasm", value: captured! / wasm!, limit: 0.65 };
}

/** The ratios as lines of text. Those above their limit say so. */
export function describeRatios(ratios: readonly Ratio[]): string {
  const line = ({ what, value, limit }: Ratio) =>
    `${value <= limit ? "ok    " : "FAILED"}  ${value.toFixed(2)}, at most ${limit}: ${what}`;
  return ratios.map(line).join("\n");
}
