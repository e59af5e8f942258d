import { ArgumentError, FileFormatError, NonFiniteError, UnsupportedError, fail } from "@invertible/errors";
import { watchVariables } from "@invertible/ops";
import { canProve, checkArchitecture } from "./architecture-limits.ts";
import { encodeSafetensors } from "./encode-safetensors.ts";
import type { Model } from "../model.ts";
import { checkFinite, failNonFinite, readModelFile } from "./model-file.ts";
import type { ModelFile, ModelFormat } from "./model-file.ts";
import { certificateText } from "./stored-certificate.ts";
import { readVariables } from "./stored-variables.ts";

/** What `saveModel` writes beside the variables. */
export interface ModelSaving {
  /** Begins the messages of errors: "saveFlow". */
  readonly where: string;
  /** The format of the file. */
  readonly format: ModelFormat;
  /** The JSON from which `loadModel` rebuilds the model, without the values of its variables. */
  readonly architecture: object;
}

/**
 * Writes a model as one safetensors file, as `saveFlow` writes a flow: its variables under their names, and in the metadata `format`,
 * `formatVersion`, `architecture`, and `certificate` where the model proves anything of these weights. See `saveFlow` for what
 * that promises.
 *
 * @throws NonFiniteError naming the first variable that holds NaN or infinity.
 * @throws ArgumentError for a model beyond the limits of `loadModel`, or with an architecture that is no JSON.
 */
export async function saveModel(model: Model, saving: ModelSaving): Promise<Uint8Array> {
  const { where, format } = saving;
  checkArchitecture(`${where} architecture`, saving.architecture, Infinity, fail);
  const architecture = JSON.stringify(saving.architecture);
  const variables = { ...model.parameters, ...model.state };
  const unchanged = watchVariables(Object.values(variables));
  const tensors = await readVariables(variables);
  checkFinite(where, tensors, failNonFinite);
  const metadata = new Map([
    ["format", format.name],
    ["formatVersion", format.version],
    ["architecture", architecture],
  ]);
  const file = encodeSafetensors({ tensors, metadata });
  const { totals } = readBack(file, saving);
  if (!canProve(totals, file.length)) return file;
  const certificate = await certificateOf(model);
  if (!unchanged() || certificate === undefined) return file;
  const proven = encodeSafetensors({ tensors, metadata: metadata.set("certificate", certificate) });
  readBack(proven, saving);
  return proven;
}

/** Makes the checks of `loadModel`. What it would refuse is the fault of the model here, and not of a file. */
function readBack(file: Uint8Array, { where, format }: ModelSaving): ModelFile {
  try {
    return readModelFile(where, file, format);
  } catch (cause) {
    if (!FileFormatError.is(cause)) throw cause;
    throw new ArgumentError(cause.message, { cause });
  }
}

async function certificateOf(model: Model): Promise<string | undefined> {
  try {
    return certificateText(await model.certify());
  } catch (error) {
    if (NonFiniteError.is(error) || UnsupportedError.is(error)) return undefined;
    throw error;
  }
}
