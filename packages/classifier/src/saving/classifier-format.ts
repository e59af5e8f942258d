import type { ModelFormat } from "@invertible/flow";

/** What the metadata of a saved classifier says about itself. */
export const classifierFormat = "invertible-classifier";
/** The version of the format that `saveClassifier` writes. `loadClassifier` refuses any other. */
export const classifierFormatVersion = "1";

/** The format of saved classifiers. */
export const format: ModelFormat = { name: classifierFormat, version: classifierFormatVersion };
