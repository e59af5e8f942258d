import type { Outcome } from "./schema.ts";

/** Lines that say which .onnx files a run wrote and which it could not write. None where none were wanted. */
export function describeExports(
  jobs: readonly Pick<Outcome, "name" | "exports">[],
  folder: string,
): readonly string[] {
  const all = jobs.flatMap(({ name, exports }) => exports.map((each) => ({ name, ...each })));
  const written = all.filter(({ refusal }) => refusal === null);
  if (all.length === 0) return [];
  return [
    `Models:  ${folder} (${written.length} .onnx files)`,
    ...all
      .filter(({ refusal }) => refusal !== null)
      .map(({ name, what, refusal }) => `No ${name}.${what}.onnx: ${refusal}`),
  ];
}
