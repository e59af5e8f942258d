import { layersOf } from "@invertible/bijection";
import { exportOnnx } from "@invertible/capture";
import type { Flow } from "@invertible/flow";
import { writeAtomically } from "../run/atomic-file.ts";
import type { JobResult } from "../results/schema.ts";
import type { ExportPaths } from "./request.ts";

/** Every step is written out in the file. With more of them, other programs take long to open it. */
const mostInverseSteps = 100;

/**
 * Writes the log-probability and the inverse of a trained model as .onnx files. A model that cannot be written fails nothing: the reason
 * becomes part of the result.
 */
export async function exportModels(
  flow: Flow,
  paths: ExportPaths | null,
  say: (phase: string, done: number, total: number) => void,
  checkWritable: () => void,
): Promise<JobResult["exports"]> {
  if (paths === null) return [];
  const exports: JobResult["exports"] = [];
  for (const what of ["logProb", "inverse"] as const) {
    say("writing .onnx files", exports.length, 2);
    const written = await exportOnnx(flow, what, what === "inverse" ? inverseOptions(flow) : {}).catch(
      (error: Error) => error,
    );
    if (written instanceof Error) {
      exports.push({ what, refusal: written.message.replaceAll("\n", " ") });
      continue;
    }
    checkWritable();
    await writeAtomically(paths[what], written);
    exports.push({ what, refusal: null });
  }
  return exports;
}

function inverseOptions({ bijection }: Flow) {
  const steps = layersOf(bijection).map(({ layer }) => layer.solver?.steps ?? 0);
  return Math.max(...steps) > mostInverseSteps ? { inverseSteps: mostInverseSteps } : {};
}
