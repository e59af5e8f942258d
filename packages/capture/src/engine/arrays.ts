import { tensor } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import type { RuntimeArray } from "../runtime/runtime.ts";

/** The numbers of a tensor, copied. */
export async function readArray(from: Tensor): Promise<RuntimeArray> {
  const data = (await from.data()) as RuntimeArray["data"];
  return { dtype: from.dtype as RuntimeArray["dtype"], shape: [...from.shape], data: data.slice() };
}

/** A tensor of these numbers. The caller disposes of it. */
export function writeTensor({ dtype, shape, data }: RuntimeArray): Tensor {
  return tensor(data, [...shape], dtype);
}
