import { NonFiniteError, UnsupportedError } from "@invertible/errors";
import { watchVariables } from "@invertible/ops";
import { describeLayer } from "@invertible/bijection";
import { encodeSafetensors } from "./encode-safetensors.ts";
import type { Flow } from "../flow.ts";
import { certificateText } from "./stored-certificate.ts";
import { readVariables } from "./stored-variables.ts";

/** What the metadata of a saved flow says about itself. */
export const flowFormat = "invertible-flow";
export const flowFormatVersion = "1";

/**
 * The flow as one safetensors file: every parameter and state variable under its stable name, and in the metadata
 * `format`, `formatVersion`, `architecture`, the JSON from which `loadFlow` rebuilds the layers, and `certificate`, the JSON of what
 * `flow.certify()` proves of these weights, where it proves anything. Equal flows give equal bytes on one backend.
 *
 * Values are those at the moment of the call; a training step that runs meanwhile does not show. The proof takes its time, though:
 * where a variable has been assigned before it was done, or holds NaN or infinity, or an operator hides its weights, the file has
 * none. Call `flow.enforce()`
 * first for bounds that hold on every backend to the last digit.
 */
export async function saveFlow(flow: Flow): Promise<Uint8Array> {
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

/** The JSON text that `loadFlow` rebuilds a flow from, without the values of its variables. */
export function flowArchitecture({ bijection, base }: Flow): string {
  return JSON.stringify({
    bijection: describeLayer(bijection),
    base: { base: base.name, config: base.config },
  });
}
