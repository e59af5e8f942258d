import type { Augmentation } from "@invertible/trainer";

/** For photographs, which are as natural in a mirror. */
export async function flips(): Promise<readonly Augmentation[]> {
  const { randomFlip } = await import("@invertible/trainer");
  return [randomFlip()];
}
