import { ArgumentError, FileFormatError, NonFiniteError, UnsupportedError, fail } from "@invertible/errors";
import { watchVariables } from "@invertible/ops";
import { describeLayer } from "@invertible/bijection";
import { canProve, checkArchitecture } from "./architecture-limits.ts";
import { encodeSafetensors } from "./encode-safetensors.ts";
import { checkFlow } from "../flow.ts";
import type { Flow } from "../flow.ts";
import { checkFinite, failNonFinite, flowFormat, flowFormatVersion, readFlowFile } from "./flow-file.ts";
import type { FlowFile } from "./flow-file.ts";
import { certificateText } from "./stored-certificate.ts";
import { readVariables } from "./stored-variables.ts";

const where = "saveFlow";

/**
 * Writes a flow as one safetensors file. It holds every parameter and state variable under its stable name. The metadata holds
 * `format`, `formatVersion`, and `architecture`, the JSON from which `loadFlow` rebuilds the layers. If `flow.certify()` proves
 * anything about these weights, the metadata also holds its result as JSON under `certificate`. Equal flows give equal bytes on
 * one backend.
 *
 * The values are those at the moment of the call, even if a training step runs meanwhile. The proof takes longer. The file
 * therefore has no certificate where a variable was assigned before the proof was done. It also has none where an operator hides
 * its weights, or where the images are so large that a proof would take minutes.
 *
 * What is saved can be loaded. The file is read again with the checks that `loadFlow` makes, up to the layer types.
 *
 * Call `flow.enforce()` first if the bounds must hold on every backend to the last digit.
 *
 * @throws NonFiniteError naming the first variable that holds NaN or infinity.
 * @throws ArgumentError for a flow beyond the limits of `loadFlow`, or with a configuration that is no JSON, such as NaN.
 */
export async function saveFlow(flow: Flow): Promise<Uint8Array> {
  checkFlow("saveFlow", flow);
  checkArchitecture(`${where} architecture`, describe(flow), Infinity, fail);
  const architecture = flowArchitecture(flow);
  const variables = { ...flow.parameters, ...flow.state };
  const unchanged = watchVariables(Object.values(variables));
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
  if (!unchanged() || certificate === undefined) return file;
  const proven = encodeSafetensors({ tensors, metadata: metadata.set("certificate", certificate) });
  readBack(proven);
  return proven;
}

/** Makes the checks of `loadFlow`. What it would refuse is the fault of the flow here, and not of a file. */
function readBack(file: Uint8Array): FlowFile {
  try {
    return readFlowFile(where, file);
  } catch (cause) {
    if (!FileFormatError.is(cause)) throw cause;
    throw new ArgumentError(cause.message, { cause });
  }
}

async function certificateOf(flow: Flow): Promise<string | undefined> {
  try {
    return certificateText(await flow.certify());
  } catch (error) {
    if (NonFiniteError.is(error) || UnsupportedError.is(error)) return undefined;
    throw error;
  }
}

/** The JSON text from which `loadFlow` rebuilds a flow, without the values of its variables. */
export function flowArchitecture(flow: Flow): string {
  return JSON.stringify(describe(flow));
}

function describe({ bijection, base }: Flow) {
  return { bijection: describeLayer(bijection), base: { base: base.name, config: base.config } };
}
