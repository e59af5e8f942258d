import { toyDataset } from "../toy-dataset.ts";

/** Eight separate modes on a circle. */
export const eightGaussians = toyDataset("8gaussians", "eight Gaussians on a circle");
