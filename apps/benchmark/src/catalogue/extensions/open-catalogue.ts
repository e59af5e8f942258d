import { DataFileError } from "@invertible/datasets";
import { UsageError, failUsage } from "../../cli/usage-error.ts";
import type { Catalogue } from "../catalogue.ts";
import { ownCatalogue } from "../catalogue.ts";
import type { DatasetEntry } from "../dataset-entry.ts";
import type { ModelEntry } from "../model-entry.ts";
import { userDataset } from "../user-data/user-dataset.ts";
import { asDatasetEntry, asModelEntry } from "./check-entries.ts";
import { describeExtension, shownExtension } from "./extension.ts";
import type { Extension } from "./extension.ts";
import { importExtension } from "./import-extension.ts";

/**
 * The catalogue of this repository and what the command line brings. Parent and children open it alike.
 * @throws UsageError for a name that is taken, and for a module that is no entry
 */
export async function openCatalogue(extensions: readonly Extension[]): Promise<Catalogue> {
  const models: ModelEntry[] = [...ownCatalogue.models];
  const datasets: DatasetEntry[] = [...ownCatalogue.datasets];
  for (const extension of extensions) {
    const { kind, name } = extension;
    const entries: readonly { readonly name: string }[] = kind === "model" ? models : datasets;
    if (entries.some((entry) => entry.name === name))
      failUsage(`--${kind}`, "a name that is not taken", name);
    if (kind === "data") {
      datasets.push(await readData(extension));
      continue;
    }
    const entry = await importExtension(extension);
    if (kind === "model")
      models.push(asModelEntry(entry, extension, models.length - ownCatalogue.models.length));
    else datasets.push(asDatasetEntry(entry, extension));
  }
  return { ...ownCatalogue, models, datasets };
}

async function readData({ name, file }: Extension): Promise<DatasetEntry> {
  try {
    return await userDataset(name, file);
  } catch (error) {
    if (DataFileError.is(error)) throw new UsageError(`--data: ${error.message}`);
    throw error;
  }
}

/** What the command line brought, of models or data sets. */
export function broughtNames(catalogue: Catalogue, what: "models" | "datasets"): string[] {
  return catalogue[what].slice(ownCatalogue[what].length).map(({ name }) => name);
}

/**
 * @param complaint about a file of another content, given how the command line brought it
 * @throws UsageError for a file that is gone or has changed
 */
export async function checkUnchanged(
  recorded: readonly Extension[],
  complaint: (shown: string) => string,
): Promise<void> {
  for (const extension of recorded) {
    const now = await describeExtension(extension.kind, extension);
    if (now.digest !== extension.digest) throw new UsageError(complaint(shownExtension(extension)));
  }
}
