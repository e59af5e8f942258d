/** Before the title of a layer in the name of a test. */
export const titlePrefix = "layer report: ";
