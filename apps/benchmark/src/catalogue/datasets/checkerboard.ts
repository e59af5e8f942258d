import { toyDataset } from "../toy-dataset.ts";

/** A uniform density with jumps, which smooth maps find hard. */
export const checkerboard = toyDataset("checkerboard", "the black squares of a checkerboard");
