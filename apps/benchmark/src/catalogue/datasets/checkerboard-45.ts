import { toyDataset } from "../toy-dataset.ts";

/** The control beside the checkerboard: the same density, without edges along the axes, which suit couplings. */
export const rotatedCheckerboard = toyDataset("checkerboard-45", "the checkerboard, turned by 45 degrees");
