import { toyDataset } from "../toy-dataset.ts";

/** Five bent arms whose density differs along and across them. */
export const pinwheel = toyDataset("pinwheel", "a pinwheel");
