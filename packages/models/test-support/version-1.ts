import { decodeSafetensors, encodeSafetensors } from "@invertible/flow";
import type { StoredTensor } from "@invertible/flow";

/**
 * The file that version 1 of the format wrote for the same model. For layers of rank one it held the gradient of the norm, the outer
 * product of two vectors, and the vector at the smaller end. `hasStart` says whether it held that one.
 */
export function asVersion1(file: Uint8Array, hasStart: (layer: string) => boolean): Uint8Array {
  const { tensors, metadata } = decodeSafetensors(file);
  const old = new Map<string, StoredTensor>(tensors);
  for (const [name, input] of tensors) {
    if (!name.endsWith(".inputSingularVector")) continue;
    const layer = name.slice(0, name.lastIndexOf("."));
    const output = tensors.get(`${layer}.outputSingularVector`)!;
    const [v, u] = [input.data as Float32Array, output.data as Float32Array];
    const data = Float32Array.from(Array.from(v).flatMap((a) => Array.from(u, (b) => a * b)));
    old.delete(name);
    old.delete(`${layer}.outputSingularVector`);
    old.set(`${layer}.normGradient`, { dtype: "F32", shape: tensors.get(`${layer}.weight`)!.shape, data });
    if (hasStart(layer)) old.set(`${layer}.singularVector`, v.length <= u.length ? input : output);
  }
  return encodeSafetensors({ tensors: old, metadata: new Map(metadata).set("formatVersion", "1") });
}
