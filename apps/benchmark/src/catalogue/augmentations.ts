import type { Augmentation } from "@invertible/trainer";

// What needs TensorFlow.js is imported where it is used: the parent process reads the catalogue without it.

/** For photographs, which are as natural in a mirror. */
export async function flips(): Promise<readonly Augmentation[]> {
  const { randomFlip } = await import("@invertible/trainer");
  return [randomFlip()];
}

/** For classes that do not depend on where an object stands: moves it by at most 2 of black pixels. */
export async function crops(): Promise<readonly Augmentation[]> {
  const { randomCrop } = await import("@invertible/trainer");
  return [randomCrop({ padding: 2, fill: "zeros" })];
}

/** As published for the classification of CIFAR: symmetric padding by 4, a random crop, a random flip. */
export async function cropsAndFlips(): Promise<readonly Augmentation[]> {
  const { randomCrop, randomFlip } = await import("@invertible/trainer");
  return [randomCrop({ padding: 4, fill: "symmetric" }), randomFlip()];
}
