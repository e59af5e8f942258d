import { NonFiniteError, UnsupportedError } from "@invertible/errors";
import { watchVariables } from "@invertible/ops";
import { describeLayer } from "@invertible/bijection";
import { encodeSafetensors } from "./encode-safetensors.ts";
import { checkFlow } from "../flow.ts";
import type { Flow } from "../flow.ts";
import { certificateText } from "./stored-certificate.ts";
import { readVariables } from "./stored-variables.ts";

/** The format that a saved flow names in its metadata. */
export const flowFormat = "invertible-flow";
/** The version of that format that this package writes and reads. */
export const flowFormatVersion = "1";

/**
 * Writes a flow as one safetensors file. It holds every parameter and state variable under its stable name. The metadata holds
 * `format`, `formatVersion`, and `architecture`, the JSON from which `loadFlow` rebuilds the layers. If `flow.certify()` proves
 * anything about these weights, the metadata also holds its result as JSON under `certificate`. Equal flows give equal bytes on
 * one backend.
 *
 * The values are those at the moment of the call, even if a training step runs meanwhile. The proof takes longer. The file
 * therefore has no certificate where a variable was assigned before the proof was done. It also has none where a variable holds
 * NaN or infinity, or an operator hides its weights.
 *
 * Call `flow.enforce()` first if the bounds must hold on every backend to the last digit.
 */
export async function saveFlow(flow: Flow): Promise<Uint8Array> {
  checkFlow("saveFlow", flow);
  const architecture = flowArchitecture(flow);
  const variables = { ...flow.parameters, ...flow.state };
  const unchanged = watchVariables(Object.values(variables));
  const tensors = await readVariables(variables);
  const certificate = await certificateOf(flow);
  const metadata = new Map([
    ["format", flowFormat],
    ["formatVersion", flowFormatVersion],
    ["architecture", architecture],
  ]);
  if (unchanged() && certificate !== undefined) metadata.set("certificate", certificate);
  return encodeSafetensors({ tensors, metadata });
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
export function flowArchitecture({ bijection, base }: Flow): string {
  return JSON.stringify({
    bijection: describeLayer(bijection),
    base: { base: base.name, config: base.config },
  });
}
