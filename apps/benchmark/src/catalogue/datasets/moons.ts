import { toyDataset } from "../toy-dataset.ts";

/** Two interleaved half circles, blurred. */
export const moons = toyDataset("moons", "two interleaved half circles");
