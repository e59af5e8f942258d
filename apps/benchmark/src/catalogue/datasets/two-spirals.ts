import { toyDataset } from "../toy-dataset.ts";

/** Two long thin curves, blurred. */
export const twoSpirals = toyDataset("2spirals", "two spirals");
