import { ArgumentError, FileFormatError, NonFiniteError, UnsupportedError, fail } from "@invertible/errors";
import type { NamedVariables } from "@invertible/ops";
import { describeLayer } from "@invertible/bijection";
import { canProve, checkArchitecture } from "./architecture-limits.ts";
import { encodeSafetensors } from "./encode-safetensors.ts";
import type { Flow } from "../flow.ts";
import { checkFinite, failNonFinite, flowFormat, flowFormatVersion, readFlowFile } from "./flow-file.ts";
import type { FlowFile } from "./flow-file.ts";
import { certificateText } from "./stored-certificate.ts";
import { readVariables } from "./stored-variables.ts";

const where = "saveFlow";

/**
 * The flow as one safetensors file: every parameter and state variable under its stable name, and in the metadata
 * `format`, `formatVersion`, `architecture`, the JSON from which `loadFlow` rebuilds the layers, and `certificate`, the JSON of what
 * `flow.certify()` proves of these weights, where it proves anything. Equal flows give equal bytes on one backend.
 *
 * Values are those at the moment of the call; a training step that runs meanwhile does not show. The proof takes its time, though:
 * where a variable has been assigned before it was done, or an operator hides its weights, the file has none. Nor has it where a proof
 * would take minutes, because of the size of the images. Call `flow.enforce()` first for bounds that hold on every backend to
 * the last digit.
 *
 * What is saved can be loaded: the file is read again by what `loadFlow` reads it with, up to the layer types.
 *
 * @throws NonFiniteError naming the first variable that holds NaN or infinity.
 * @throws ArgumentError for a flow beyond the limits of `loadFlow`, or with a configuration that is no JSON, such as one with NaN.
 */
export async function saveFlow(flow: Flow): Promise<Uint8Array> {
  checkArchitecture(`${where} architecture`, describe(flow), Infinity, fail);
  const architecture = flowArchitecture(flow);
  const variables = { ...flow.parameters, ...flow.state };
  const stored = storageOf(variables);
  const tensors = await readVariables(variables);
  checkFinite(where, tensors, failNonFinite);
  const metadata = new Map([
    ["format", flowFormat],
    ["formatVersion", flowFormatVersion],
    ["architecture", architecture],
  ]);
  const file = encodeSafetensors({ tensors, metadata });
  const { totals } = readBack(file);
  if (!canProve(totals, file.length)) return file;
  const certificate = await certificateOf(flow);
  const same = storageOf(variables).every((storage, i) => storage === stored[i]);
  if (!same || certificate === undefined) return file;
  const proven = encodeSafetensors({ tensors, metadata: metadata.set("certificate", certificate) });
  readBack(proven);
  return proven;
}

/** The checks of `loadFlow`; what it would refuse is the flow's fault here, not the file's. */
function readBack(file: Uint8Array): FlowFile {
  try {
    return readFlowFile(where, file);
  } catch (cause) {
    if (!FileFormatError.is(cause)) throw cause;
    throw new ArgumentError(cause.message, { cause });
  }
}

/** Assigning to a variable gives it other storage, so equal storage holds equal values. */
function storageOf(variables: NamedVariables): readonly object[] {
  return Object.values(variables).map(({ dataId }) => dataId);
}

async function certificateOf(flow: Flow): Promise<string | undefined> {
  try {
    return certificateText(await flow.certify());
  } catch (error) {
    if (NonFiniteError.is(error) || UnsupportedError.is(error)) return undefined;
    throw error;
  }
}

/** The JSON text that `loadFlow` rebuilds a flow from, without the values of its variables. */
export function flowArchitecture(flow: Flow): string {
  return JSON.stringify(describe(flow));
}

function describe({ bijection, base }: Flow) {
  return { bijection: describeLayer(bijection), base: { base: base.name, config: base.config } };
}
