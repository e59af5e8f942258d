import { toyDataset } from "../toy-dataset.ts";

/** Four circles inside each other. A continuous map that has an inverse cannot take a disc to any of them. */
export const rings = toyDataset("rings", "four rings");
